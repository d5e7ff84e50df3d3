//! A run: a poll of a task on a thread.

use runtime_hooks_recorder::internals::{SeriesId, SlotHandle, recorder_id, series_of};
use runtime_hooks_recorder::{Recorder, SeriesKey, SpawnSite, TaskId, TraceIds};

/// A poll of a task, as a thread stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The recorder of the task, above its series.
    pub(crate) of: u64,
    /// The bits of its slot in the list of live tasks; 0 if it is not in the list.
    pub(crate) slot: u64,
    /// An address of the thread's stack, above the frames of the poll.
    pub(crate) stack: u64,
    /// The ids of the span that the task has or carries, if it has a context: 0 if that is not sampled.
    pub(crate) ids: Option<[u64; 3]>,
}

impl Run {
    /// The word that identifies a series.
    #[inline]
    pub(crate) fn of(recorder: u32, series: SeriesId) -> u64 {
        u64::from(recorder) << SeriesId::BITS | u64::from(series.bits())
    }

    /// The words of a span's ids.
    pub(crate) fn words_of(ids: Option<TraceIds>) -> [u64; 3] {
        ids.map_or([0; 3], |TraceIds { trace, span }| {
            let trace = u128::from_be_bytes(trace);
            #[expect(clippy::cast_possible_truncation, reason = "the low half")]
            let low = trace as u64;
            [(trace >> 64) as u64, low, u64::from_be_bytes(span)]
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
    fn series(&self) -> SeriesId {
        SeriesId::from_bits(self.of as u32)
    }
}

/// A poll that goes on, of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadRun {
    /// Identifies the poll among all polls of its thread.
    pub number: u64,
    /// The address of the thread's stack above which the poll has no frames.
    pub stack: u64,
    run: Run,
}

/// The task of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunningTask {
    /// Kind, name and runtime of its series.
    pub key: SeriesKey,
    /// The call site of the first task of its series; `None` past the cap of names.
    pub spawn_site: Option<SpawnSite>,
    /// Its id, if it is in the list of live tasks.
    pub id: Option<TaskId>,
    /// The ids of its span, if it has or carries one that is sampled.
    pub ids: Option<TraceIds>,
}

impl ThreadRun {
    pub(super) fn new((number, run): (u64, Run)) -> Self {
        Self { number, stack: run.stack, run }
    }

    /// The task that is polled. `None` if it is recorded by another recorder.
    pub fn task(&self, recorder: &Recorder) -> Option<RunningTask> {
        if self.run.of >> SeriesId::BITS != u64::from(recorder_id(recorder)) {
            return None;
        }
        let (key, spawn_site) = series_of(recorder, self.run.series())?;
        let id = (self.run.slot != 0).then(|| SlotHandle::from_bits(self.run.slot).task_id());
        let [high, low, span] = self.run.ids.unwrap_or_default();
        let trace = u128::from(high) << 64 | u128::from(low);
        let ids = TraceIds { trace: trace.to_be_bytes(), span: span.to_be_bytes() };
        Some(RunningTask { key, spawn_site, id, ids: (trace != 0).then_some(ids) })
    }

    /// Counts a stall of the task's series in its recorder.
    pub fn count_stall(&self, recorder: &Recorder) {
        runtime_hooks_recorder::internals::add_stall(recorder, self.run.series());
    }
}
