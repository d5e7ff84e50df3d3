//! The stream of all tasks: those that are there, then what changes.

use std::sync::Arc;

use console_api::instrument::Update;
use console_api::register_metadata::NewMetadata;
use console_api::tasks::TaskUpdate;
use console_api::{MetaId, RegisterMetadata};
use futures_util::stream::{self, Stream};
use prost::Message as _;
use tonic::Status;

use super::convert;
use super::diff::{Change, SnapshotDiff};
use super::ticks::Ticks;
use crate::series_cache::DisclosedSeriesList;

/// The size of a message, about: a client takes at most 4 MiB.
const MESSAGE_BYTES: usize = 1 << 20;

/// The state of one client's stream.
pub(super) struct Updates {
    ticks: Ticks,
    diff: SnapshotDiff,
    /// The series of the diff's tasks.
    series: DisclosedSeriesList,
    /// The runtimes that the client knows: the id of each is its index here, plus one.
    runtimes: Vec<&'static str>,
}

impl Updates {
    pub(super) fn new(ticks: Ticks) -> Self {
        let (snapshot, series) = ticks.sampler.live_snapshot();
        let diff = SnapshotDiff::new(Arc::default(), snapshot);
        Self { ticks, diff, series, runtimes: Vec::new() }
    }

    /// All tasks, then each second what has changed, in as many messages as it takes.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Update, Status>> {
        stream::unfold(self, |mut updates| async move {
            let is_over = updates.diff.is_over();
            if is_over {
                updates.ticks.next().await?;
            }
            let compute = updates.ticks.compute.clone();
            let message = move || {
                if is_over {
                    let (snapshot, series) = updates.ticks.sampler.live_snapshot();
                    updates.series = series;
                    updates.diff = updates.diff.followed_by(snapshot);
                }
                (Ok(updates.message()), updates)
            };
            compute.run(message).await
        })
    }

    fn message(&mut self) -> Update {
        let now = self.diff.snapshot().at;
        let last_seen = self.diff.last_seen();
        let (mut tasks, mut metadata) = (TaskUpdate::default(), RegisterMetadata::default());
        let mut bytes = 0;
        while bytes < MESSAGE_BYTES
            && let Some(change) = self.diff.next()
        {
            let (task, stats) = match change {
                Change::New(task) => {
                    let Some(series) = task.of(&self.series) else { continue };
                    let runtime = series.key.runtime();
                    let runtime = metadata_id(runtime, &mut self.runtimes, &mut metadata);
                    let new = convert::task(task, series, runtime);
                    bytes += new.encoded_len();
                    tasks.new_tasks.push(new);
                    (task, convert::stats(task, now))
                }
                Change::Changed(task) => (task, convert::stats(task, now)),
                Change::Gone(task) => (task, convert::last_stats(task, last_seen)),
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

/// The id of a runtime's metadata, which are registered first if the client does not know them.
fn metadata_id(
    runtime: &'static str,
    known: &mut Vec<&'static str>,
    new: &mut RegisterMetadata,
) -> u64 {
    if let Some(index) = known.iter().position(|known| *known == runtime) {
        return index as u64 + 1;
    }
    known.push(runtime);
    let id = known.len() as u64;
    let metadata = Some(convert::runtime(runtime));
    new.metadata.push(NewMetadata { id: Some(MetaId { id }), metadata });
    id
}
