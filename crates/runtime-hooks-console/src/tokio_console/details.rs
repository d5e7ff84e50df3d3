//! The stream of one task's details.

use std::sync::Arc;

use console_api::Id;
use console_api::tasks::TaskDetails;
use console_api::tasks::task_details::PollTimesHistogram;
use futures_util::stream::{self, Stream};
use runtime_hooks_recorder::{SeriesKey, TaskId};
use tonic::Status;

use super::histogram::durations;
use super::ticks::Ticks;
use crate::live_snapshot::LiveSnapshot;

/// The state of one client's stream.
pub(super) struct Details {
    ticks: Ticks,
    /// The snapshot for the first message.
    first: Option<Arc<LiveSnapshot>>,
    id: TaskId,
    key: SeriesKey,
}

impl Details {
    /// `None` if there is no such live task.
    pub(super) fn new(ticks: Ticks, id: u64) -> Option<Self> {
        let (snapshot, series) = ticks.sampler.live_snapshot();
        let task = snapshot.tasks.iter().find(|task| task.id.as_u64() == id)?;
        let (id, key) = (task.id, task.of(&series)?.key.clone());
        Some(Self { ticks, first: Some(snapshot), id, key })
    }

    /// The histograms of the task's series, once a second while the task is live.
    pub(super) fn stream(self) -> impl Stream<Item = Result<TaskDetails, Status>> {
        stream::unfold(self, |mut details| async move {
            let first = details.first.take();
            if first.is_none() {
                details.ticks.next().await?;
            }
            let compute = details.ticks.compute.clone();
            let message = move || {
                let snapshot = first.unwrap_or_else(|| details.ticks.sampler.live_snapshot().0);
                details.is_live(&snapshot).then(|| (Ok(details.message(&snapshot)), details))
            };
            compute.run(message).await?
        })
    }

    fn is_live(&self, snapshot: &LiveSnapshot) -> bool {
        let slot = self.id.slot();
        let index = snapshot.tasks.binary_search_by_key(&slot, |task| task.id.slot());
        index.is_ok_and(|index| snapshot.tasks[index].id == self.id)
    }

    fn message(&self, snapshot: &LiveSnapshot) -> TaskDetails {
        let series = self.ticks.sampler.instrumentor().recorder().series_of(&self.key);
        let series = series.as_ref();
        TaskDetails {
            task_id: Some(Id { id: self.id.as_u64() }),
            now: Some(snapshot.at.into()),
            poll_times_histogram: series
                .and_then(|series| durations(&series.poll))
                .map(PollTimesHistogram::Histogram),
            scheduled_times_histogram: series.and_then(|series| durations(&series.schedule)),
        }
    }
}
