//! The recorder of runtime-hooks: it counts and times tasks, and provides the results to readers.
//!
//! Each series (a name, a kind and a runtime) has counts by state and three histograms: duration (submission to end),
//! schedule delay (runnable to running) and poll duration (one uninterrupted run). Whenever no task starts or ends,
//! `spawned = active + ended` holds exactly.
//!
//! This crate does not depend on futures, wakers or a runtime: `runtime-hooks-core` records into it. It is for
//! exporters, which read a [`Snapshot`] or a [`Cursor`], the list of [live tasks](Recorder::live) and the [`catalog`]
//! of metrics. Programs depend on a backend (`runtime-hooks-tokio`, `-smol`, `-async-std`) or on the facade
//! `runtime-hooks`.
//!
//! ```
//! use std::time::Duration;
//! use runtime_hooks_recorder::{Kind, Outcome, Recorder};
//!
//! let recorder = Recorder::new();
//! recorder.record(Kind::Blocking, "resize", "my-pool", Outcome::FINISHED, Duration::from_millis(3));
//! println!("{}", recorder.snapshot()); // a table
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed: see `diagnostics`
#![cfg_attr(docsrs, feature(doc_cfg))]

// From the bottom up: a module uses only modules above it in this list.
mod catch;
mod fork;
mod sync;
mod thread_exit;
mod diagnostics;
mod hook_guard;
mod service;
mod processors;
mod state;
mod series_key;
mod name;
mod label;
mod clock;
mod panic_hook;
mod gauges;
mod recorder;
mod live;
mod flight;
mod disclosure;
mod series_text;
pub mod catalog;
#[doc(hidden)]
pub mod internals;

pub use self::clock::{Clock, ManualClock};
pub use self::diagnostics::{Diagnostic, Severity};
pub use self::disclosure::{Disclosure, Field, ParseDisclosureError};
pub use self::flight::{
    Flight, FlightEvent, FlightEventKind, FlightLive, FlightTask, FlightThread,
};
pub use self::gauges::{RuntimeGauges, RuntimeSnapshot, WorkerGauges};
pub use self::live::{LiveState, LiveTask, ParseTaskIdError, TaskId};
pub use self::name::{Name, NamePatterns, visible};
pub use self::panic_hook::PanicRecord;
pub use self::recorder::{
    Cursor, GaugeGuard, HistogramDelta, HistogramSnapshot, Measure, Recorder, RecorderBuilder,
    SeriesSnapshot, Snapshot, TaskExemplar, TaskPanic, TraceIds,
};
pub use self::series_key::{CallSite, OVERFLOW_NAME, SeriesKey, SpawnSite};
pub use self::state::{Kind, Outcome, State};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
