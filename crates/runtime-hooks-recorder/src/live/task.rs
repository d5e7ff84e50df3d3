//! A live task as readers see it.

use std::fmt;
use std::time::Duration;

use super::handle::SPAWNED;
use super::id::TaskId;
use super::slot::{Content, Phase};
use crate::clock::Clock;
use crate::recorder::Series;
use crate::series_key::{SeriesKey, SpawnSite};

/// A task that has not ended, as it was when the list was read: see [`Recorder::live`](crate::Recorder::live).
///
/// `state`, `since`, `polls`, `busy` and `scheduled` are of one moment between two starts or ends of polls, so `busy +
/// scheduled` is at most `age`. Wakes can be newer. A task whose polls start and end during each of 1 000 attempts to
/// read it is returned as [`Running`](LiveState::Running), with totals that may lack the last poll.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveTask {
    /// Its id, unique in this process until 2^32 reuses of the slot.
    pub id: TaskId,
    /// The index of its series in [`Snapshot::series`](crate::Snapshot::series).
    pub series: usize,
    /// Kind, name and runtime of its series.
    pub key: SeriesKey,
    /// The call site of the first task of its series; `None` past the cap of names.
    pub spawn_site: Option<SpawnSite>,
    /// Whether it was spawned, so that the runtime polls it itself. Else it is a future inside another task, or a closure.
    pub is_spawned: bool,
    /// What the task is doing.
    pub state: LiveState,
    /// How long it has been in this state.
    pub since: Duration,
    /// The time since its submission.
    pub age: Duration,
    /// The number of polls; 1 for a closure that runs.
    pub polls: u64,
    /// The total time in polls, including the current one.
    pub busy: Duration,
    /// The total schedule delay, including the current one. The rest of its age the task was idle.
    pub scheduled: Duration,
    /// The number of wakes.
    pub wakes: u64,
    /// The number of polls during which the task was woken, for example by itself; at most 2^24 - 1.
    pub polls_with_wake: u64,
    /// The time since the wake that last made it runnable.
    pub last_wake: Option<Duration>,
    /// How many clones of its waker remained after the last poll; 1 if that is not known, 0 before the first poll.
    pub wakers: u64,
}

/// What a live task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
// Exhaustive: a task can run, runs, or waits.
pub enum LiveState {
    /// It is runnable: it was submitted or woken, and is not polled yet.
    Scheduled,
    /// It is being polled, or its closure runs.
    Running,
    /// It waits for a wake.
    Idle,
}

impl LiveState {
    /// The state in one word: `scheduled`, `running`, `idle`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Idle => "idle",
        }
    }
}

impl fmt::Display for LiveState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl LiveTask {
    /// Whether the task can run again: it is runnable or running, or a clone of its waker remained after the last
    /// poll. An idle task without one is lost, unless its waker belongs to a future that polls it.
    pub fn can_be_woken(&self) -> bool {
        self.state != LiveState::Idle || self.wakers > 0
    }

    pub(super) fn new(
        id: TaskId,
        number: usize,
        series: &Series,
        content: &Content,
        clock: &Clock,
    ) -> Self {
        let now = clock.now();
        let ago = |tick| Duration::from_nanos(clock.nanos_between(tick, now));
        let woke = woke(content);
        let (state, since) = state_of(content);
        let so_far = |ticks, goes_on_in| {
            let before = Duration::from_nanos(clock.nanos_between(0, ticks));
            let goes_on = state == goes_on_in && content.phase != Phase::Changing;
            if goes_on { before + ago(since) } else { before }
        };
        Self {
            id,
            series: number,
            key: series.key.clone(),
            spawn_site: series.origin,
            is_spawned: content.of & SPAWNED != 0,
            state,
            since: ago(since),
            age: ago(content.submitted),
            polls: content.polls,
            busy: so_far(content.busy, LiveState::Running),
            scheduled: so_far(content.scheduled, LiveState::Scheduled),
            wakes: content.wakes,
            polls_with_wake: content.polls_with_wake,
            last_wake: woke.map(ago),
            wakers: content.wakers,
        }
    }
}

/// The state of a task, and the tick since which it is in this state.
pub(super) fn state_of(content: &Content) -> (LiveState, u64) {
    match content.phase {
        Phase::Submitted => (LiveState::Scheduled, content.since),
        // While it changes, a poll has just started or is about to end.
        Phase::Running | Phase::Changing => (LiveState::Running, content.since),
        Phase::Idle if content.is_woken => {
            (LiveState::Scheduled, woke(content).unwrap_or(0).max(content.since))
        }
        Phase::Idle => (LiveState::Idle, content.since),
    }
}

/// A stamp from before the submission comes from a late wake of the previous task.
fn woke(content: &Content) -> Option<u64> {
    (content.woke >= content.submitted && content.woke != 0).then_some(content.woke)
}
