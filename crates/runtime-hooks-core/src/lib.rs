//! The core of runtime-hooks: task metrics for any async runtime.
//!
//! A runtime's backend implements [`RuntimeHooks`]; programs call [`RuntimeHooksExt`]. Every spawned task,
//! instrumented future and blocking closure is a *task*, and one [`Recorder`] records the tasks of all runtimes:
//!
//! ```text
//! submitted --schedule--> running --(pending, idle)--> woken --schedule--> running ... --> ended
//! ```
//!
//! Each name has counts by state and three histograms: `process.duration` (submission to end), `schedule.duration`
//! (runnable to running) and `poll.duration` (one uninterrupted run). Whenever no task starts or ends, `spawned =
//! active + ended` holds exactly.
//!
//! Programs depend on a backend (`runtime-hooks-tokio`, `-smol`, `-async-std`) or on the facade `runtime-hooks`. This
//! crate is for writing backends and exporters. It depends on no runtime and no exporter; exporters read a
//! [`Snapshot`] or a [`Cursor`], and the [`catalog`].

#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed
#![cfg_attr(docsrs, feature(doc_cfg))]

// From the bottom up: a module uses only modules above it in this list.
mod dependency;
mod elapsed;
mod delegate;
mod large;
mod settings;
mod classify;
mod tracer;
#[cfg(any(feature = "dump", feature = "watchdog"))]
mod poll_extras;
#[cfg(feature = "dump")]
pub mod dump;
#[cfg(feature = "watchdog")]
pub mod running;
mod task;
mod incident;
#[cfg(not(loom))]
mod report;
#[cfg(not(loom))]
mod attached;
#[cfg(all(test, unix, not(loom)))]
mod attached_tests;
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

// Reading what was recorded.
#[doc(inline)]
pub use runtime_hooks_recorder::{
    CallSite, Clock, Cursor, Diagnostic, Flight, FlightEvent, FlightEventKind, FlightLive,
    FlightTask, FlightThread, GaugeGuard, HistogramDelta, HistogramSnapshot, Kind, LiveState,
    LiveTask, ManualClock, Measure, Name, NamePatterns, OVERFLOW_NAME, Outcome, PanicRecord,
    ParseTaskIdError, Recorder, RecorderBuilder, RuntimeGauges, RuntimeSnapshot, SeriesKey,
    SeriesSnapshot, Severity, Snapshot, SpawnSite, State, TaskExemplar, TaskId, TaskPanic,
    TraceIds, WorkerGauges, catalog, visible,
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
    AnyRuntime, BoxFuture, LocalMode, LocalRuntimeHooks, Mode, RuntimeHooks, SendMode, SpawnLocal,
    WithInstrumentor,
};
pub use self::incident::{
    Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, Reporter, RunningNow, Stall, StallFrame,
    Starvation,
};
pub use self::instrumentor::{Config, ConfigProblem, Installed, Instrumentor};
pub use self::join::{Flatten, JoinHandle, LocalJoinHandle, ThreadsafeHandle};
pub use self::settings::{Detail, Method, TraceNames};
pub use self::task::{Instrumented, InstrumentedStream};
pub use self::timeout::Timeout;
pub use self::tracer::{NoTracer, Submission, TaskContext, Tracer};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
