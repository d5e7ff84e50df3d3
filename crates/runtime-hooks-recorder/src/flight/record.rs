//! The flight record as readers see it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::live::{LiveState, TaskId};
use crate::series_key::{SeriesKey, SpawnSite};
use crate::state::Outcome;

/// What the threads of a program did last: see [`Recorder::flight`](crate::Recorder::flight).
///
/// Times are nanoseconds since the Unix epoch. They are exact relative to each other: all of them are computed from the
/// recorder's clock and the one [`taken`](Self::taken).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flight {
    /// When the record was taken.
    pub taken: u64,
    /// What happened, in the order of [`at`](FlightEvent::at). Events of one thread keep the order in which the thread
    /// recorded them.
    pub events: Vec<FlightEvent>,
    /// The tasks of the events, and those that have not ended, if the recorder keeps the
    /// [list of live tasks](crate::Recorder::live). In the order of [`since`](FlightTask::since).
    pub tasks: Vec<FlightTask>,
    /// The series of the tasks, each with the call site where it was first seen.
    pub series: Vec<(SeriesKey, Option<SpawnSite>)>,
    /// The threads of the events.
    pub threads: Vec<FlightThread>,
    /// The number of events that newer ones have overwritten.
    pub overwritten: u64,
    /// The number of events that were never in the record: those of threads that were ending, and of threads whose chunk
    /// was full while it was read.
    pub missed: u64,
}

/// Something that happened to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlightEvent {
    /// When: the end of a poll or of a task, or a wake.
    pub at: u64,
    /// The index of the task in [`Flight::tasks`].
    pub task: usize,
    /// The index of the thread in [`Flight::threads`]: the one that polled the task, or woke it.
    pub thread: usize,
    /// What happened.
    pub kind: FlightEventKind,
}

/// What happened to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlightEventKind {
    /// It was polled, or its closure ran, and this ended at [`at`](FlightEvent::at).
    #[non_exhaustive]
    Polled {
        /// When the poll started.
        from: u64,
        /// Since when the task was runnable, if schedule delays of this task are measured.
        runnable_since: Option<u64>,
        /// The outcome, if the task ended with this poll.
        ended: Option<Outcome>,
    },
    /// It ended without a poll: it was dropped, its deadline elapsed, or polls are not recorded.
    #[non_exhaustive]
    Ended {
        /// The outcome.
        outcome: Outcome,
    },
    /// It was woken for the first time since its last poll started, by code that ran on this thread.
    Woken,
}

/// A task of a flight record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlightTask {
    /// The index of its series in [`Flight::series`].
    pub series: usize,
    /// From when its duration is measured: its submission, unless durations are measured from the first poll.
    pub since: u64,
    /// The outcome; `None` if its end is not in the record.
    pub ended: Option<Outcome>,
    /// What it was doing when the record was taken, if it was in the list of live tasks.
    pub live: Option<FlightLive>,
}

/// What a task was doing when the record was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlightLive {
    /// Its id in the list of live tasks.
    pub id: TaskId,
    /// Its state.
    pub state: LiveState,
    /// Since when it was in this state.
    pub since: u64,
}

/// A thread of a flight record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FlightThread {
    /// Unique among the threads of this process that recorded something, from 1.
    pub number: u64,
    /// Its name.
    pub name: Option<String>,
    /// The id that the system's tools show; known on Linux.
    pub system_id: Option<u64>,
}

impl Flight {
    /// Removes the events that ended more than `limit` before the record was taken, and the tasks that then have no event,
    /// unless they are in the list of live tasks.
    #[must_use = "returns the shorter record"]
    pub fn last(self, limit: Duration) -> Self {
        let limit = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        let first = self.taken.saturating_sub(limit);
        let old = self.events.partition_point(|event| event.at < first);
        self.without_first(old)
    }

    /// Removes this many events, the oldest ones, and tasks as in [`last`](Self::last).
    #[must_use = "returns the shorter record"]
    pub fn without_first(mut self, events: usize) -> Self {
        self.events.drain(..events.min(self.events.len()));
        let mut is_kept: Vec<_> = self.tasks.iter().map(|task| task.live.is_some()).collect();
        self.events.iter().for_each(|event| is_kept[event.task] = true);
        let kept = (0..self.tasks.len()).filter(|task| is_kept[*task]).collect::<Vec<_>>();
        self.keep_tasks(&kept);
        self
    }

    /// Sorts events by time and tasks by their start.
    pub(super) fn sorted(mut self) -> Self {
        // Stable: events of one thread stay in order.
        self.events.sort_by_key(|event| event.at);
        let mut order: Vec<_> = (0..self.tasks.len()).collect();
        order.sort_by_key(|task| self.tasks[*task].since);
        self.keep_tasks(&order);
        self
    }

    /// Keeps these tasks, in this order.
    fn keep_tasks(&mut self, order: &[usize]) {
        let mut places = vec![0; self.tasks.len()];
        order.iter().enumerate().for_each(|(place, task)| places[*task] = place);
        self.tasks = order.iter().map(|task| self.tasks[*task].clone()).collect();
        self.events.iter_mut().for_each(|event| event.task = places[event.task]);
    }

    /// When the record was taken.
    pub fn taken_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.taken)
    }

    /// When the oldest event began; `None` if there is no event.
    pub fn begins(&self) -> Option<u64> {
        self.events.iter().map(FlightEvent::from).min()
    }

    /// Kind, name and runtime of the task of an event.
    pub fn key_of(&self, event: &FlightEvent) -> &SeriesKey {
        &self.series[self.tasks[event.task].series].0
    }
}

impl FlightEvent {
    /// When it began: the start of a poll, else [`at`](Self::at).
    pub fn from(&self) -> u64 {
        match self.kind {
            FlightEventKind::Polled { from, .. } => from,
            _ => self.at,
        }
    }

    /// The outcome, if the task ended.
    pub fn ended(&self) -> Option<Outcome> {
        match self.kind {
            FlightEventKind::Polled { ended, .. } => ended,
            FlightEventKind::Ended { outcome } => Some(outcome),
            FlightEventKind::Woken => None,
        }
    }
}
