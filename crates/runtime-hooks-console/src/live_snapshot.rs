//! The live tasks as they were at one time: 80 bytes each, shared by all readers.

use std::time::{Duration, SystemTime};

use runtime_hooks_recorder::{LiveState, LiveTask, Recorder, TaskId};

/// All live tasks, in the order of their slots.
#[derive(Debug)]
pub(crate) struct LiveSnapshot {
    pub(crate) tasks: Vec<CompactTask>,
    pub(crate) at: SystemTime,
}

/// The fields of a [`LiveTask`] that its series does not have.
#[derive(Clone, Debug)]
pub(crate) struct CompactTask {
    pub(crate) id: TaskId,
    /// The number of its series.
    pub(crate) series: u32,
    pub(crate) wakers: u32,
    pub(crate) polls: u64,
    pub(crate) wakes: u64,
    pub(crate) since: Nanos,
    pub(crate) age: Nanos,
    pub(crate) busy: Nanos,
    pub(crate) scheduled: Nanos,
    /// `u64::MAX` if it was never woken.
    last_wake: Nanos,
    /// At most 2^24 - 1.
    pub(crate) polls_with_wake: u32,
    pub(crate) state: LiveState,
    pub(crate) can_be_woken: bool,
}

const _: () = assert!(size_of::<CompactTask>() <= 88, "two snapshots may have 100 000 each");

/// A duration in half the space of [`Duration`]: up to 584 years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nanos(pub(crate) u64);

impl LiveSnapshot {
    /// Reads the list of live tasks; `expected` is about how many there are, so that no capacity is left over.
    pub(crate) fn new(recorder: &Recorder, expected: usize, at: SystemTime) -> Self {
        let mut tasks = Vec::with_capacity(expected);
        tasks.extend(recorder.live_iter().map(|task| CompactTask::new(&task)));
        tasks.shrink_to_fit();
        tasks.sort_unstable_by_key(|task| task.id.slot());
        Self { tasks, at }
    }
}

impl Default for LiveSnapshot {
    fn default() -> Self {
        Self { tasks: Vec::new(), at: SystemTime::UNIX_EPOCH }
    }
}

impl CompactTask {
    pub(crate) fn new(task: &LiveTask) -> Self {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            id: task.id,
            series: u32::try_from(task.series).unwrap_or(u32::MAX),
            wakers: small(task.wakers),
            polls: task.polls,
            wakes: task.wakes,
            since: task.since.into(),
            age: task.age.into(),
            busy: task.busy.into(),
            scheduled: task.scheduled.into(),
            last_wake: task.last_wake.map_or(Nanos(u64::MAX), Nanos::from),
            polls_with_wake: small(task.polls_with_wake),
            state: task.state,
            can_be_woken: task.can_be_woken(),
        }
    }

    /// How long ago the wake was that last made it runnable.
    pub(crate) fn last_wake(&self) -> Option<Nanos> {
        (self.last_wake.0 != u64::MAX).then_some(self.last_wake)
    }

    /// Its element of a list that is indexed by the number of the series.
    pub(crate) fn of<'s, T>(&self, series: &'s [T]) -> Option<&'s T> {
        series.get(usize::try_from(self.series).ok()?)
    }
}

impl Nanos {
    pub(crate) fn seconds(self) -> f64 {
        Duration::from(self).as_secs_f64()
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(nanos: Nanos) -> Self {
        Self::from_nanos(nanos.0)
    }
}
