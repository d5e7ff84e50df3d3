//! Attribute names, as `docs/semantics.md` lists them.

/// The task's type: `coroutine`, `future`, `to_thread`.
pub const TYPE: &str = "type";
/// The task's name.
pub const NAME: &str = "name";
/// How the task ended.
pub const STATE: &str = "state";
/// The type of the error that a task ended with.
pub const ERROR_TYPE: &str = "error.type";
/// The name of the runtime.
pub const RUNTIME: &str = "async.runtime.name";
/// The index of one of the runtime's workers.
pub const WORKER: &str = "async.runtime.worker";
/// The lint that applies: `self_waking`.
pub const LINT: &str = "lint";
/// Of a span: how many times the task was polled; 1 for a closure that ran.
pub const POLLS: &str = "async.task.polls";
/// Of a span: the sum of the task's polls, in seconds.
pub const BUSY: &str = "async.task.busy";
/// Of a span: the sum of the task's schedule delays, in seconds.
pub const SCHEDULED: &str = "async.task.scheduled";
