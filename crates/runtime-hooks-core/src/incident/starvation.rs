//! What a watchdog knows of a runtime that does not run its tasks.

use std::fmt;
use std::time::Duration;

use runtime_hooks_recorder::TaskId;

/// Tasks of a runtime that are ready to run and do not: see [`IncidentKind::Starvation`](super::IncidentKind::Starvation).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Starvation {
    /// The task that waits longest.
    pub task: Option<TaskId>,
    /// How many tasks of the runtime have waited for longer than the threshold.
    pub waiting: u64,
    /// What the threads poll that poll tasks of the runtime now, the one that is held for longest first.
    pub running: Vec<RunningNow>,
}

/// A task that a thread polls now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunningNow {
    /// The name of the task; `None` for anonymous futures.
    pub name: Option<String>,
    /// The name of the thread.
    pub thread: Option<String>,
    /// For how long the poll was seen; 0 if it has just started.
    pub held: Duration,
}

impl RunningNow {
    /// A task that is polled.
    pub const fn new(name: Option<String>, thread: Option<String>, held: Duration) -> Self {
        Self { name, thread, held }
    }
}

/// At most this many are written.
const MAX_RUNNING: usize = 8;

impl fmt::Display for Starvation {
    /// `37 tasks wait; running: "checkout" for 304ms on thread "worker"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.waiting {
            1 => write!(f, "1 task waits; ")?,
            waiting => write!(f, "{waiting} tasks wait; ")?,
        }
        if self.running.is_empty() {
            return write!(f, "no thread polls a task of this runtime");
        }
        let shown: Vec<_> =
            self.running.iter().take(MAX_RUNNING).map(RunningNow::to_string).collect();
        write!(f, "running: {}", shown.join(", "))?;
        match self.running.len().saturating_sub(MAX_RUNNING) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for RunningNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name:?} for {:?}", self.held)?,
            None => write!(f, "a future for {:?}", self.held)?,
        }
        match &self.thread {
            Some(thread) => write!(f, " on thread {thread:?}"),
            None => write!(f, " on a thread without a name"),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_starvation_is_one_line_with_at_most_eight_threads() {
        let running = |name: &str| {
            RunningNow::new(Some(name.to_owned()), Some("w".to_owned()), Duration::from_millis(7))
        };
        let mut starved = Starvation { waiting: 1, ..Starvation::default() };
        assert_eq!(starved.to_string(), "1 task waits; no thread polls a task of this runtime");
        starved.waiting = 3;
        starved.running =
            vec![running("a\n"), RunningNow { name: None, thread: None, ..running("") }];
        let expected = "3 tasks wait; running: \"a\\n\" for 7ms on thread \"w\", \
            a future for 7ms on a thread without a name";
        assert_eq!(starved.to_string(), expected);
        starved.running = vec![running("a"); 10];
        assert!(starved.to_string().ends_with(" and 2 more"));
    }
}
