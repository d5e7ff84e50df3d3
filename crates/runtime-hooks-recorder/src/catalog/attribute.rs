//! Attribute names, as `docs/semantics.md` lists them.

/// The task's type: `coroutine`, `future`, `to_thread`.
pub const TYPE: &str = "type";
/// The task's name.
pub const NAME: &str = "name";
/// The path of the function that a task runs, or of the type of a future written by hand.
pub const FUNCTION: &str = "code.function.name";
/// The file in which a task is spawned. Only on request.
pub const FILE: &str = "code.file.path";
/// The line in which a task is spawned. Only on request.
pub const LINE: &str = "code.line.number";
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
/// Span attribute: the number of polls of the task; 1 for a blocking closure that ran.
pub const POLLS: &str = "async.task.polls";
/// Span attribute: the total time in polls, in seconds.
pub const BUSY: &str = "async.task.busy";
/// Span attribute: the total schedule delay, in seconds.
pub const SCHEDULED: &str = "async.task.scheduled";

/// Attribute of a span's event `exception`: the type of the error, as `error.type`.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// Attribute of a span's event `exception`: the message of a panic, or a fixed text.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// Attribute of a span's event `exception`: the backtrace of a panic.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// The attributes of metrics, each with a description in one sentence.
pub const ATTRIBUTES: &[(&str, &str)] = &[
    (
        RUNTIME,
        "The name of the runtime: `tokio`, `smol`, `async-std`, or that of a custom backend.",
    ),
    (TYPE, "The kind of the task: `coroutine`, `future` or `to_thread`."),
    (NAME, "The name of the task; absent for anonymous futures."),
    (FUNCTION, "The path of the function, or of the type of a future written by hand."),
    (FILE, "The file in which the task is spawned; only on request."),
    (LINE, "The line in which the task is spawned; only on request."),
    (STATE, "How the tasks ended: `finished`, `cancelled`, `timeout` or `exception`."),
    (ERROR_TYPE, "The type of the error; absent on `finished` and `cancelled`."),
    (WORKER, "The index of a worker of the runtime."),
    (LINT, "The lint that applies."),
];
