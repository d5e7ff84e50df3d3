//! A dump of all live tasks.

use std::time::Duration;

use crate::group::{DumpGroup, groups};
use crate::task::DumpedTask;

/// Where each live task of a program waits, at one moment.
///
/// `Display` writes it for people: tasks with equal stacks are a group, the largest first.
///
/// It needs the list of live tasks, `Config::live`. For functions and lines the program needs debug information: `debug = 1` in
/// its Cargo profile, or at least `"line-tables-only"`.
///
/// ```
/// use runtime_hooks_core::{Config, Instrumentor};
/// use runtime_hooks_dump::TaskDump;
///
/// let instrumentor = Instrumentor::installed(Config::new().live(true));
/// let dump = TaskDump::of(&instrumentor.recorder());
/// println!("{dump}");
/// assert_eq!(dump.tasks().len(), 0); // no task was spawned
/// ```
#[derive(Clone, Debug)]
pub struct TaskDump {
    pub(crate) tasks: Vec<DumpedTask>,
    pub(crate) ended: usize,
    pub(crate) took: Duration,
    pub(crate) hint: Option<&'static str>,
}

impl TaskDump {
    /// Each task that was live when the dump began and has not ended since.
    pub fn tasks(&self) -> &[DumpedTask] {
        &self.tasks
    }

    /// The tasks in groups of equal label and equal stacks, the largest group first.
    pub fn groups(&self) -> Vec<DumpGroup<'_>> {
        groups(&self.tasks)
    }

    /// The number of tasks that ended during the dump.
    pub fn ended(&self) -> usize {
        self.ended
    }

    /// How long the dump took, without the look-up of functions.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// What the program must be built with, if functions or lines are missing.
    pub fn hint(&self) -> Option<&'static str> {
        self.hint
    }
}
