//! What the list says of one process.

use std::fmt;
use std::time::Duration;

use super::id::TaskId;
use super::slot::{Content, Phase};
use crate::clock::Clock;
use crate::recorder::Series;
use crate::series_key::{SeriesKey, SpawnSite};

/// A process that has not ended, as it was a moment ago: see [`Recorder::live`](crate::Recorder::live).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveTask {
    /// Its own as long as the program runs.
    pub id: TaskId,
    /// The number of its series: its place in [`Snapshot::series`](crate::Snapshot::series).
    pub series: usize,
    /// What it is a process of.
    pub key: SeriesKey,
    /// Where the first process of its series was submitted; `None` past the cap of names.
    pub origin: Option<SpawnSite>,
    /// What it does.
    pub state: LiveState,
    /// For how long it has been doing it.
    pub since: Duration,
    /// How long ago it was submitted.
    pub age: Duration,
    /// How often it was polled, or run.
    pub polls: u64,
    /// How long that took altogether, the current run included.
    pub busy: Duration,
    /// For how long it could have run and did not, altogether, the current wait included. What is left of its age it was
    /// idle.
    pub scheduled: Duration,
    /// How often it was woken.
    pub wakes: u64,
    /// In how many polls it was woken before they were over, as by itself; no more than 2^24 - 1.
    pub polls_with_wake: u64,
    /// How long ago the wake came that made it runnable for the last time.
    pub last_wake: Option<Duration>,
    /// How many had kept its waker when its last run was over; one where that is not seen, none before the first.
    pub wakers: u64,
}

/// What a live process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
// Exhaustive: a task can run, runs, or waits.
pub enum LiveState {
    /// It could run: it was submitted, or has been woken.
    Scheduled,
    /// It runs.
    Running,
    /// It waits for a wake.
    Idle,
}

impl LiveState {
    /// In a word: `scheduled`, `running`, `idle`.
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
    /// Whether somebody may still wake it: it has been woken, or kept its waker with somebody when it last ran. A task
    /// that is idle without that is lost, unless whoever polls it does so on another's behalf.
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
        // A stamp from before it was there belongs to a wake that was late.
        let woke = (content.woke >= content.submitted && content.woke != 0).then_some(content.woke);
        let (state, since) = match content.phase {
            Phase::Submitted => (LiveState::Scheduled, content.since),
            Phase::Running => (LiveState::Running, content.since),
            Phase::Idle if content.is_woken => {
                (LiveState::Scheduled, woke.unwrap_or(0).max(content.since))
            }
            Phase::Idle => (LiveState::Idle, content.since),
        };
        let so_far = |ticks, goes_on_in| {
            let before = Duration::from_nanos(clock.nanos_between(0, ticks));
            if state == goes_on_in { before + ago(since) } else { before }
        };
        Self {
            id,
            series: number,
            key: series.key.clone(),
            origin: series.origin,
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
