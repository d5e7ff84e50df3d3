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

#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic where nobody reads
#![cfg_attr(docsrs, feature(doc_cfg))]

// From the bottom up: a module uses those above its line, and none below.
mod dependency;
mod elapsed;
mod large;
mod settings;
mod classify;
mod tracer;
mod task;
mod incident;
#[cfg(not(loom))]
mod report;
mod instrumentor;
mod external;
mod handle;
mod hooks;
mod join;
mod submit;
mod timeout;
mod asyncio;
mod ext;
mod drop_in;
#[doc(hidden)]
pub mod support;

// What was recorded, and how it is read.
#[doc(inline)]
pub use runtime_hooks_recorder::{
    Clock, Cursor, Diagnostic, GaugeGuard, HistogramDelta, HistogramSnapshot, Kind, LiveState,
    LiveTask, ManualClock, Measure, Name, OVERFLOW_NAME, Outcome, PanicRecord, Recorder,
    RecorderBuilder, RuntimeGauges, RuntimeSnapshot, SeriesKey, SeriesSnapshot, Severity, Snapshot,
    SpawnSite, State, TaskId, TaskPanic, WorkerGauges, catalog, visible,
};

pub use self::asyncio::{
    AsCompleted, AsCompletedWithin, Gather, GroupError, GroupHandle, Interval, Member, ReturnWhen,
    TaskGroup, TryGather, Wait,
};
pub use self::classify::{AlwaysFinished, ByResult, Classify, IsElapsed, state_of, state_of_error};
pub use self::dependency::Dependency;
pub use self::elapsed::Elapsed;
pub use self::ext::{
    AsyncioExt, EnsureFuture, LocalAsyncioExt, LocalRuntimeHooksExt, RuntimeHooksExt, TaskBuilder,
};
pub use self::handle::{
    Abortable, CancelByOwner, JoinError, Joinable, TaskError, TaskHandle, joinable,
    joinable_blocking,
};
pub use self::hooks::{
    AnyRuntime, BoxFuture, DynRuntime, LocalMode, LocalRuntimeHooks, Mode, RuntimeHooks, SendMode,
    SpawnLocal, WithInstrumentor,
};
pub use self::incident::{Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, Reporter};
pub use self::instrumentor::{Config, ConfigProblem, Installed, Instrumentor};
pub use self::join::{Flatten, JoinHandle, LocalJoinHandle, ThreadsafeHandle};
pub use self::settings::{Detail, Method, TraceNames};
pub use self::task::Instrumented;
pub use self::timeout::Timeout;
pub use self::tracer::{NoTracer, Submission, TaskContext, Tracer};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
