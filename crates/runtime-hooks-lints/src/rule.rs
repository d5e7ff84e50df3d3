//! The parts of a lint: a name, an explanation, and checks of a series, of a task or of both.

use std::time::Duration;

use crate::stats::{SeriesStats, TaskStats};

/// A poll of this length blocks its worker; a closure that waits for this long for a thread is in a full pool.
pub(crate) const BLOCKING: Duration = Duration::from_millis(100);
/// A task is stuck after this time in its first poll, or idle without a waker.
pub(crate) const STUCK: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) explanation: &'static str,
    /// Applies to a series: how many tasks or polls it is about, and the evidence.
    pub(crate) series: Option<SeriesCheck>,
    /// Applies to a live task. Of several lints that apply to a task, only the first one of the list is found.
    pub(crate) task: Option<fn(&TaskStats) -> bool>,
    /// The evidence where it applies to tasks.
    pub(crate) evidence: fn(&Matches) -> String,
}

type SeriesCheck = fn(&SeriesStats) -> Option<(u64, String)>;

/// The tasks of one series to which a lint applies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matches {
    pub(crate) count: u64,
    /// One of them.
    pub(crate) example: TaskStats,
    /// The longest time that one of them has been in its state.
    pub(crate) longest: Duration,
}

impl Rule {
    pub(crate) const fn new(name: &'static str, explanation: &'static str) -> Self {
        Self { name, explanation, series: None, task: None, evidence: Matches::durations }
    }

    pub(crate) const fn of_series(self, check: SeriesCheck) -> Self {
        Self { series: Some(check), ..self }
    }

    pub(crate) const fn of_tasks(self, applies: fn(&TaskStats) -> bool) -> Self {
        Self { task: Some(applies), ..self }
    }

    pub(crate) const fn with_evidence(self, evidence: fn(&Matches) -> String) -> Self {
        Self { evidence, ..self }
    }
}

impl Matches {
    pub(crate) fn of(task: TaskStats) -> Self {
        Self { count: 1, example: task, longest: task.since }
    }

    pub(crate) fn add(&mut self, task: TaskStats) {
        self.count += 1;
        self.example = task;
        self.longest = self.longest.max(task.since);
    }

    /// `4 tasks`.
    pub(crate) fn tasks(&self) -> String {
        let tasks = if self.count == 1 { "task" } else { "tasks" };
        format!("{} {tasks}", self.count)
    }

    fn durations(&self) -> String {
        format!("{}, the longest for {}", self.tasks(), short(self.longest))
    }
}

/// A duration with one digit after the point, or in milliseconds: `1.2 s`, `150 ms`.
pub(crate) fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 { format!("{seconds:.1} s") } else { format!("{:.0} ms", seconds * 1e3) }
}
