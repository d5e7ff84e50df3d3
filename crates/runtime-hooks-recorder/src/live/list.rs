//! Reading the list.

use super::arena;
use super::handle::owner;
use super::id::TaskId;
use super::slot::Content;
use super::task::LiveTask;
use crate::recorder::{Recorder, SeriesId};

impl Recorder {
    /// The processes that have not ended, and what each is doing: of those that were submitted while
    /// `Config::live` was on. In no order.
    ///
    /// The list is read while its tasks go on, each for itself. At a quiet moment it has as many as the snapshot says
    /// are active.
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

    /// As [`live`](Self::live), one task at a time: for readers that keep only part of each.
    pub fn live_iter(&self) -> impl Iterator<Item = LiveTask> {
        let inner = self.inner();
        let mut known = Vec::new();
        of(self.id()).filter_map(move |(id, series, content)| {
            let number = series.index();
            if number >= known.len() {
                // After the task was read: by now it has its series.
                known = inner.all_series();
            }
            let series = known.get(number)?;
            Some(LiveTask::new(id, number, series, &content, &inner.clock))
        })
    }
}

/// All processes of a recorder that are in the list now, with the series of each.
fn of(recorder: u32) -> impl Iterator<Item = (TaskId, SeriesId, Content)> {
    arena::all().filter_map(move |(index, slot)| {
        let content = slot.read()?;
        #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
        let series = SeriesId::from_bits(content.of as u32);
        let is_ours = content.of == owner(recorder, series);
        is_ours.then(|| (TaskId::new(index, content.generation), series, content))
    })
}
