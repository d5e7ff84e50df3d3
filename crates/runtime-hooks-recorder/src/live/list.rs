//! Reads the list of live tasks.

use std::time::Duration;

use super::arena;
use super::handle::{SPAWNED, owner};
use super::id::TaskId;
use super::slot::Content;
use super::task::{LiveState, LiveTask, state_of};
use crate::recorder::{Recorder, SeriesId};

impl Recorder {
    /// All tasks that have not ended and what each is doing, in no particular order. Only tasks that were submitted
    /// while `Config::live` was on are included.
    ///
    /// Tasks continue to run while the list is read, and each task is read separately. While no task starts or ends,
    /// the list has as many tasks as the snapshot counts as active.
    ///
    /// ```
    /// use runtime_hooks_recorder::Recorder;
    ///
    /// fn print(recorder: &Recorder) {
    ///     for task in recorder.live() {
    ///         println!("{} {:?} is {} for {:?}", task.id, task.key.name(), task.state, task.since);
    ///     }
    /// }
    /// ```
    pub fn live(&self) -> Vec<LiveTask> {
        self.live_iter().collect()
    }

    /// As [`live`](Self::live), one task at a time, for readers that keep only a part of each.
    pub fn live_iter(&self) -> impl Iterator<Item = LiveTask> {
        self.live_where(|_| true)
    }

    /// The spawned tasks that have been ready to run for longer than `limit`. Others cost only the look at their state.
    pub(crate) fn ready_for(&self, limit: Duration) -> impl Iterator<Item = LiveTask> {
        let clock = self.clock();
        let now = clock.now();
        self.live_where(move |content| {
            let (state, since) = state_of(content);
            content.of & SPAWNED != 0
                && state == LiveState::Scheduled
                && Duration::from_nanos(clock.nanos_between(since, now)) > limit
        })
    }

    fn live_where(&self, is_wanted: impl Fn(&Content) -> bool) -> impl Iterator<Item = LiveTask> {
        let inner = self.inner();
        let mut all_series = Vec::new();
        of(self.id()).filter(move |(_, _, content)| is_wanted(content)).filter_map(
            move |(id, series, content)| {
                let number = series.index();
                if number >= all_series.len() {
                    // The list of series is read after the task, so it contains the task's series.
                    all_series = inner.all_series();
                }
                let series = all_series.get(number)?;
                Some(LiveTask::new(id, number, series, &content, inner.clock()))
            },
        )
    }
}

/// What the flight record has of a live task. Times are ticks.
pub(crate) struct LiveInstant {
    pub(crate) series: SeriesId,
    pub(crate) id: TaskId,
    /// From when its duration is measured.
    pub(crate) counts_from: u64,
    pub(crate) state: LiveState,
    /// Since when it is in this state.
    pub(crate) since: u64,
}

/// All live tasks, for the flight record.
pub(crate) fn live_instants(recorder: &Recorder) -> impl Iterator<Item = LiveInstant> {
    of(recorder.id()).map(|(id, series, content)| {
        let (state, since) = state_of(&content);
        LiveInstant { series, id, counts_from: content.counts_from, state, since }
    })
}

/// All tasks of a recorder that are in the list now, with the series of each.
fn of(recorder: u32) -> impl Iterator<Item = (TaskId, SeriesId, Content)> {
    arena::all().filter_map(move |(index, slot)| {
        let content = slot.read()?;
        #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
        let series = SeriesId::from_bits(content.of as u32);
        let is_ours = content.of & !SPAWNED == owner(recorder, series);
        is_ours.then(|| (TaskId::new(index, content.generation), series, content))
    })
}
