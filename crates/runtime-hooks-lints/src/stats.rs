//! The input of rules: plain numbers.

use std::time::Duration;

use runtime_hooks_recorder::{Kind, LiveState, LiveTask};

/// One series: what was new in the last minute, and what is active now. Polls and delays of seconds in which the process had
/// too few processors are left out: a poll that is not run takes long, too.
///
/// ```
/// use runtime_hooks_lints::SeriesStats;
/// use runtime_hooks_recorder::Kind;
///
/// let mut stats = SeriesStats::new(Kind::Coroutine);
/// (stats.timeouts, stats.ended) = (30, 40);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeriesStats {
    /// The kind of its tasks.
    pub kind: Kind,
    /// The size of its future or closure in bytes, if it is known.
    pub size: Option<usize>,
    /// How many tasks are active now.
    pub active: u64,
    /// How many tasks were spawned in the last minute.
    pub spawned: u64,
    /// How many tasks ended in the last minute.
    pub ended: u64,
    /// How many of these ended by their deadline.
    pub timeouts: u64,
    /// How many polls of the last minute were slower than the threshold for slow polls.
    pub slow_polls: u64,
    /// How often in the last minute a task held its thread for longer than the watchdog's threshold.
    pub stalls: u64,
    /// The longest poll of the last minute.
    pub longest_poll: Duration,
    /// How many schedule delays were measured in the last minute.
    pub schedule_delays: u64,
    /// Their 90th percentile.
    pub schedule_delay_p90: Duration,
    /// By how much `active` has grown without a break: see [`Growth`](crate::Growth).
    pub growth: Option<u64>,
}

impl SeriesStats {
    /// A series of which nothing was recorded yet.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            size: None,
            active: 0,
            spawned: 0,
            ended: 0,
            timeouts: 0,
            slow_polls: 0,
            stalls: 0,
            longest_poll: Duration::ZERO,
            schedule_delays: 0,
            schedule_delay_p90: Duration::ZERO,
            growth: None,
        }
    }

    pub(crate) fn is_async(&self) -> bool {
        self.kind != Kind::Blocking
    }
}

/// One live task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskStats {
    /// The number of its series.
    pub series: usize,
    /// The kind of the task.
    pub kind: Kind,
    /// Its current state.
    pub state: LiveState,
    /// For how long it has been in that state.
    pub since: Duration,
    /// How often it was polled.
    pub polls: u64,
    /// In how many polls it was woken before they were over.
    pub polls_with_wake: u64,
    /// Whether a waker of it remains.
    pub can_be_woken: bool,
    /// Whether the process had too few processors in the last second. Then a task that runs for long may not have run.
    pub lacks_processors: bool,
}

impl TaskStats {
    /// A task that has just entered this state, was never polled and can be woken.
    pub const fn new(series: usize, kind: Kind, state: LiveState) -> Self {
        Self {
            series,
            kind,
            state,
            since: Duration::ZERO,
            polls: 0,
            polls_with_wake: 0,
            can_be_woken: true,
            lacks_processors: false,
        }
    }

    pub(crate) fn is_async(&self) -> bool {
        self.kind != Kind::Blocking
    }

    /// Whether it has run for so long, on a processor.
    pub(crate) fn runs_for(&self, time: Duration) -> bool {
        self.state == LiveState::Running && self.since >= time && !self.lacks_processors
    }
}

impl From<&LiveTask> for TaskStats {
    fn from(task: &LiveTask) -> Self {
        Self {
            series: task.series,
            kind: task.key.kind(),
            state: task.state,
            since: task.since,
            polls: task.polls,
            polls_with_wake: task.polls_with_wake,
            can_be_woken: task.can_be_woken(),
            lacks_processors: false,
        }
    }
}
