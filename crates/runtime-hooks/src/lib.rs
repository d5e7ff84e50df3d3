//! Task metrics for any async Rust runtime.
//!
//! It records every spawned task, instrumented future and blocking closure under its name: how many there are, how
//! they ended, how long they took, how long they waited to run, and how long they held a worker. The numbers mean the
//! same on every runtime.
//!
//! Each runtime and each exporter is a feature. Without features, the crate has what a custom backend needs. Features
//! are additive: none changes a type or the behaviour of another feature.
//!
//! ```
//! # #[cfg(feature = "smol")] {
//! use runtime_hooks::{RuntimeHooksExt, Smol};
//!
//! async fn fetch(n: u64) -> u64 {
//!     n * 2
//! }
//!
//! let hooks = runtime_hooks::instrument(); // for the whole process
//! let double = Smol.block_on(async { Smol.spawn(fetch(21)).await });
//! assert_eq!(double.unwrap(), 42);
//! println!("{}", hooks.snapshot()); // a table: `fetch` finished once
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed

mod by_name;
#[cfg(all(feature = "console", feature = "otel"))]
mod lints;
#[cfg(feature = "otel")]
mod bridge;
#[cfg(any(feature = "console", feature = "dump", feature = "flight", feature = "watchdog"))]
mod from_env;
#[cfg(feature = "console")]
mod console_from_env;
#[cfg(feature = "dump")]
mod dump;
#[cfg(feature = "flight")]
mod flight;
#[cfg(feature = "watchdog")]
mod watchdog;
mod shutdown;
mod instrument;

#[doc(inline)]
pub use runtime_hooks_core::catalog;
// Spawning tasks and waiting for them.
#[doc(inline)]
pub use runtime_hooks_core::{
    AnyRuntime, AsCompleted, AsCompletedWithin, AsyncioExt, Elapsed, EnsureFuture, Flatten, Gather,
    GroupError, GroupHandle, Instrumented, InstrumentedStream, Interval, JoinError, JoinHandle,
    LocalAsyncioExt, LocalJoinHandle, LocalRuntimeHooks, LocalRuntimeHooksExt, Member, Name,
    ReturnWhen, RuntimeHooks, RuntimeHooksExt, SpawnLocal, TaskBuilder, TaskError, TaskGroup,
    TaskHandle, ThreadsafeHandle, Timeout, TryGather, Wait, WithInstrumentor,
};
// Switching recording on and configuring it.
#[doc(inline)]
pub use runtime_hooks_core::{
    Config, ConfigProblem, Detail, Installed, Instrumentor, Method, TraceNames,
};
// Reading what was recorded.
#[doc(inline)]
pub use runtime_hooks_core::{
    CallSite, Clock, Cursor, Flight, FlightEvent, FlightEventKind, FlightLive, FlightTask,
    FlightThread, GaugeGuard, HistogramDelta, HistogramSnapshot, Kind, LiveState, LiveTask,
    ManualClock, Measure, NamePatterns, OVERFLOW_NAME, Outcome, ParseTaskIdError, Recorder,
    RecorderBuilder, RuntimeGauges, RuntimeSnapshot, SeriesKey, SeriesSnapshot, Snapshot,
    SpawnSite, State, TaskExemplar, TaskId, TaskPanic, WorkerGauges, state_of, state_of_error,
    visible,
};
// Hooks that the program provides.
#[doc(inline)]
pub use runtime_hooks_core::{
    AlwaysFinished, ByResult, Classify, Diagnostic, Incident, IncidentKind, IsElapsed,
    MAX_INCIDENTS_PER_SECOND, NoTracer, PanicRecord, Reporter, RunningNow, Severity, Stall,
    StallFrame, Starvation, Submission, TaskContext, TraceIds, Tracer,
};
// Writing a backend.
#[doc(inline)]
pub use runtime_hooks_core::{
    Abortable, BoxFuture, CancelByOwner, Dependency, Joinable, LocalMode, Mode, SendMode, joinable,
    joinable_blocking,
};

#[cfg(feature = "async-std")]
#[doc(inline)]
pub use runtime_hooks_async_std::AsyncStd;
#[cfg(feature = "console")]
#[doc(inline)]
pub use runtime_hooks_console::{
    Console, ConsoleBuilder, ConsoleError, Disclosure, Field, LintSeconds, ParseDisclosureError,
};
#[cfg(feature = "dump")]
#[doc(inline)]
pub use runtime_hooks_dump::{
    DumpGroup, DumpOnQuit, DumpedTask, Frame, InvalidDumpSetting, Stack, TaskAnswer, TaskDump,
    TaskDumpBuilder, Weight,
};
#[cfg(feature = "flight")]
#[doc(inline)]
pub use runtime_hooks_flight::{
    FlightFormat, FlightRecord, FlightWriter, FlightWriterBuilder, InvalidFlightSetting,
};
#[cfg(feature = "console")]
#[doc(inline)]
pub use runtime_hooks_lints::Lint;
#[cfg(feature = "trace")]
#[doc(inline)]
pub use runtime_hooks_otel::ContextTracer;
#[cfg(feature = "otel")]
#[doc(inline)]
pub use runtime_hooks_otel::{MetricsBridge, MetricsBridgeBuilder};
#[cfg(feature = "smol")]
#[doc(inline)]
pub use runtime_hooks_smol::{OnExecutor, OnLocalExecutor, Smol};
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use runtime_hooks_tokio::{Tokio, TokioRuntime};
#[cfg(feature = "tracing")]
#[doc(inline)]
pub use runtime_hooks_tracing::{EventReporter, SpanTracer};

#[cfg(feature = "watchdog")]
#[doc(inline)]
pub use runtime_hooks_watchdog::{Watchdog, WatchdogBuilder, WatchdogError};

pub use self::by_name::{RUNTIMES, RuntimeError, instrumentation_dependencies, runtime_by_name};
#[cfg(feature = "dump")]
pub use self::dump::dump;
#[cfg(feature = "flight")]
pub use self::flight::flight;
pub use self::instrument::{Instrumentation, instrument, instrument_with};
pub use self::shutdown::ShutdownError;

/// The README, whose example is compiled and run.
#[cfg(all(doctest, feature = "smol"))]
#[doc = include_str!("../README.md")]
struct Readme;
