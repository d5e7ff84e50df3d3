//! A task in a dump.

use std::time::Duration;

use runtime_hooks_core::{LiveState, TaskId};

use crate::answer::TaskAnswer;

/// A live task and where it waits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DumpedTask {
    /// Its id, as in the list of live tasks.
    pub id: TaskId,
    /// A short text that tells its series apart from the others in the dump.
    pub label: String,
    /// Where it was spawned, `src/main.rs:59:13`, if that is known.
    pub spawned_at: Option<String>,
    /// What it was doing before it was asked.
    pub state: LiveState,
    /// How long it had been in this state.
    pub since: Duration,
    /// The time since its submission.
    pub age: Duration,
    /// Where it waits.
    pub answer: TaskAnswer,
}
