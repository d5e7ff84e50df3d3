//! Integration with [`tracing`]: carries the current span with selected tasks, and reports incidents as events.
//!
//! ```
//! use std::sync::Arc;
//!
//! use runtime_hooks_core::{Config, IncidentKind, TraceNames};
//! use runtime_hooks_tracing::{EventReporter, SpanTracer};
//!
//! let config = Config::new()
//!     .trace(TraceNames::none().live("handle_*")) // log lines of these tasks have their caller's span
//!     .tracer(Arc::new(SpanTracer::new()))
//!     .log([IncidentKind::SlowPoll]) // and slow polls are log lines
//!     .reporter(Arc::new(EventReporter::new()));
//! # drop(config);
//! ```
//!
//! The facade's feature `tracing` does this in `instrument()`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed

// From the bottom up: a module uses only modules above it in this list.
mod current;
mod span;
mod events;
mod diagnostics;

pub use self::diagnostics::diagnostic_event;
pub use self::events::EventReporter;
pub use self::span::SpanTracer;

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
