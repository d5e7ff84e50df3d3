//! The core of runtime-hooks: task metrics for any async runtime.
//!
//! A runtime's backend implements [`RuntimeHooks`]; programs call [`RuntimeHooksExt`]; every spawned
//! task, instrumented future and blocking closure is a *process* that is recorded by one
//! [`Recorder`], whichever runtime runs it:
//!
//! ```text
//! submitted --schedule--> running --(pending, idle)--> woken --schedule--> running ... --> ended
//! ```
//!
//! Per name there are counts by state and three histograms: `process.duration` (submitted to
//! ended), `schedule.duration` (runnable to running) and `poll.duration` (one uninterrupted run).
//! At every quiet moment `spawned = active + ended`, exactly.
//!
//! Programs depend on a backend (`runtime-hooks-tokio`, `-smol`, `-async-std`) or on the facade
//! `runtime-hooks`; this crate is for those who write backends and exporters. It knows no runtime
//! and no exporter: exporters see a [`Snapshot`] or a [`Cursor`], and the [`catalog`].

#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic where nobody reads: see `diagnostics`
#![cfg_attr(docsrs, feature(doc_cfg))]

mod asyncio;
pub mod catalog;
mod catch;
mod classify;
mod clock;
mod dependency;
mod diagnostics;
mod drop_in;
mod elapsed;
mod ext;
mod fork;
mod gauges;
mod handle;
mod hook_guard;
mod hooks;
mod incident;
mod instrumentor;
mod join;
mod live;
mod name;
mod panic_hook;
mod recorder;
mod service;
mod state;
mod submit;
mod sync;
mod task;
mod thread_exit;
mod timeout;

pub use self::asyncio::{
    AsCompleted, AsCompletedWithin, Gather, GroupError, GroupHandle, Interval, Member, ReturnWhen,
    TaskGroup, TryGather, Wait,
};
pub use self::classify::{AlwaysFinished, ByResult, Classify, IsElapsed};
pub use self::clock::{Clock, ManualClock};
pub use self::dependency::Dependency;
pub use self::diagnostics::{Diagnostic, Severity};
#[doc(hidden)]
pub use self::diagnostics::{emit, print};
pub use self::drop_in::DropIn;
pub use self::elapsed::Elapsed;
pub use self::ext::{
    AsyncioExt, EnsureFuture, LocalAsyncioExt, LocalRuntimeHooksExt, RuntimeHooksExt, TaskBuilder,
};
// For the other crates of this project: fork without exec, and their threads.
#[doc(hidden)]
pub use self::fork::{Process, lock, lock_until};
pub use self::gauges::{RuntimeGauges, RuntimeSnapshot, WorkerGauges};
pub use self::handle::{
    Abortable, CancelByOwner, JoinError, Joinable, TaskError, TaskHandle, joinable,
    joinable_blocking,
};
pub use self::hooks::{
    AnyRuntime, BoxFuture, DynRuntime, LocalMode, LocalRuntimeHooks, Mode, RuntimeHooks, SendMode,
    SpawnLocal, WithInstrumentor,
};
pub use self::incident::{Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, Reporter};
pub use self::instrumentor::{
    Config, ConfigProblem, Detail, Installed, Instrumentor, Method, TraceNames,
};
pub use self::join::{Flatten, JoinHandle, LocalJoinHandle, ThreadsafeHandle};
pub use self::live::{LiveState, LiveTask, TaskId};
pub use self::name::{Name, visible};
pub use self::panic_hook::PanicRecord;
pub use self::recorder::{
    Cursor, GaugeGuard, HistogramDelta, HistogramSnapshot, Measure, OVERFLOW_NAME, Recorder,
    RecorderBuilder, SeriesKey, SeriesSnapshot, Snapshot, SpawnSite, TaskPanic,
};
#[doc(hidden)]
pub use self::service::ServiceThread;
pub use self::state::{Kind, Outcome, State};
pub use self::submit::{AlreadyInstrumented, TypeOf};
pub use self::task::{ExternalTask, Instrumented, NoTracer, Submission, TaskContext, Tracer};
pub use self::timeout::{AfterDeadlined, BeforeDeadlined, Deadlined, Timeout};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
