//! A client that looks: at all tasks, or at one.

use std::sync::Arc;

use console_api::instrument::Update;
use console_api::register_metadata::NewMetadata;
use console_api::tasks::task_details::PollTimesHistogram;
use console_api::tasks::{TaskDetails, TaskUpdate};
use console_api::{Id, MetaId, RegisterMetadata};
use futures_util::stream::{self, Stream};
use prost::Message as _;
use runtime_hooks_core::{SeriesKey, TaskId};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tonic::Status;

use super::diff::{Change, SnapshotDiff};
use super::histogram::durations;
use super::{Pause, convert};
use crate::compute_thread::ComputeThread;
use crate::live_snapshot::LiveSnapshot;
use crate::sampler::Sampler;
use crate::series_cache::DisclosedSeriesList;

/// What one message holds, about: a client takes no more than 4 MiB.
const BYTES: usize = 1 << 20;

/// When there is something new to tell.
pub(super) struct Ticks {
    sampler: Arc<Sampler>,
    worker: ComputeThread,
    ticked: watch::Receiver<u64>,
    pause: Pause,
    _permit: OwnedSemaphorePermit,
}

impl Ticks {
    pub(super) fn new(
        sampler: Arc<Sampler>,
        worker: ComputeThread,
        pause: Pause,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let ticked = sampler.subscribe();
        Self { sampler, worker, ticked, pause, _permit: permit }
    }

    /// Once there is a new look at the tasks and the client wants it; `None` when there are no more.
    async fn next(&mut self) -> Option<()> {
        loop {
            self.ticked.changed().await.ok()?;
            if !self.pause.is_on() {
                return Some(());
            }
        }
    }
}

/// Looks at all tasks.
pub(super) struct Watcher {
    ticks: Ticks,
    diff: SnapshotDiff,
    /// The series of what is told.
    disclosed: DisclosedSeriesList,
    /// Those that the client has heard of: what it calls them is their place here, and one.
    runtimes: Vec<&'static str>,
}

impl Watcher {
    pub(super) fn new(ticks: Ticks) -> Self {
        let (look, disclosed) = ticks.sampler.live_snapshot();
        let diff = SnapshotDiff::new(Arc::default(), look);
        Self { ticks, diff, disclosed, runtimes: Vec::new() }
    }

    /// What is there now, then what has changed each second, in as many messages as it takes.
    pub(super) fn updates(self) -> impl Stream<Item = Result<Update, Status>> {
        stream::unfold(self, |mut watcher| async move {
            let is_over = watcher.diff.is_over();
            if is_over {
                watcher.ticks.next().await?;
            }
            let worker = watcher.ticks.worker.clone();
            let update = move || {
                if is_over {
                    let (look, disclosed) = watcher.ticks.sampler.live_snapshot();
                    watcher.disclosed = disclosed;
                    watcher.diff = watcher.diff.followed_by(look);
                }
                (Ok(watcher.update()), watcher)
            };
            worker.run(update).await
        })
    }

    fn update(&mut self) -> Update {
        let now = self.diff.snapshot().at;
        let seen = self.diff.last_seen();
        let (mut tasks, mut metadata) = (TaskUpdate::default(), RegisterMetadata::default());
        let mut bytes = 0;
        while bytes < BYTES
            && let Some(change) = self.diff.next()
        {
            let (task, stats) = match change {
                Change::New(task) => {
                    let Some(series) = task.of(&self.disclosed) else { continue };
                    let runtime = series.key.runtime();
                    let runtime = introduce(runtime, &mut self.runtimes, &mut metadata);
                    let new = convert::task(task, series, runtime);
                    bytes += new.encoded_len();
                    tasks.new_tasks.push(new);
                    (task, convert::stats(task, now))
                }
                Change::Changed(task) => (task, convert::stats(task, now)),
                Change::Gone(task) => (task, convert::last_stats(task, seen)),
            };
            bytes += stats.encoded_len();
            tasks.stats_update.insert(task.id.as_u64(), stats);
        }
        Update {
            now: Some(now.into()),
            task_update: Some(tasks),
            new_metadata: (!metadata.metadata.is_empty()).then_some(metadata),
            ..Update::default()
        }
    }
}

/// What the client calls a runtime; it is told of those that it has not heard of.
fn introduce(
    runtime: &'static str,
    known: &mut Vec<&'static str>,
    told: &mut RegisterMetadata,
) -> u64 {
    if let Some(at) = known.iter().position(|known| *known == runtime) {
        return at as u64 + 1;
    }
    known.push(runtime);
    let id = known.len() as u64;
    let metadata = Some(convert::runtime(runtime));
    told.metadata.push(NewMetadata { id: Some(MetaId { id }), metadata });
    id
}

/// Looks at one task.
pub(super) struct DetailsWatcher {
    ticks: Ticks,
    /// While it lives.
    look: Option<Arc<LiveSnapshot>>,
    id: TaskId,
    key: SeriesKey,
}

impl DetailsWatcher {
    /// `None` if no such task lives.
    pub(super) fn new(ticks: Ticks, id: u64) -> Option<Self> {
        let (look, disclosed) = ticks.sampler.live_snapshot();
        let task = look.tasks.iter().find(|task| task.id.as_u64() == id)?;
        let (id, key) = (task.id, task.of(&disclosed)?.key.clone());
        Some(Self { ticks, look: Some(look), id, key })
    }

    /// How the polls and waits of its name are distributed, once a second as long as it lives.
    pub(super) fn details(self) -> impl Stream<Item = Result<TaskDetails, Status>> {
        stream::unfold(self, |mut watcher| async move {
            let first = watcher.look.take();
            if first.is_none() {
                watcher.ticks.next().await?;
            }
            let worker = watcher.ticks.worker.clone();
            let detail = move || {
                let look = first.unwrap_or_else(|| watcher.ticks.sampler.live_snapshot().0);
                watcher.lives(&look).then(|| (Ok(watcher.detail(&look)), watcher))
            };
            worker.run(detail).await?
        })
    }

    fn lives(&self, look: &LiveSnapshot) -> bool {
        let place = self.id.slot();
        let place = look.tasks.binary_search_by_key(&place, |task| task.id.slot());
        place.is_ok_and(|at| look.tasks[at].id == self.id)
    }

    fn detail(&self, look: &LiveSnapshot) -> TaskDetails {
        let series = self.ticks.sampler.instrumentor().recorder().series_of(&self.key);
        let series = series.as_ref();
        TaskDetails {
            task_id: Some(Id { id: self.id.as_u64() }),
            now: Some(look.at.into()),
            poll_times_histogram: series
                .and_then(|series| durations(&series.poll))
                .map(PollTimesHistogram::Histogram),
            scheduled_times_histogram: series.and_then(|series| durations(&series.schedule)),
        }
    }
}
