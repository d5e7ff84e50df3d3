//! What happened just before: writes the flight record of [`runtime_hooks_recorder`] for a viewer.
//!
//! The recorder keeps the last events of all threads: polls, wakes and ends of tasks ([`Recorder::flight`]). A
//! [`FlightRecord`] writes them as a trace for [Perfetto](https://ui.perfetto.dev) or a profile for the
//! [Firefox Profiler](https://profiler.firefox.com). A [`FlightWriter`] does it by itself, after a panic, a slow poll or a
//! signal, into a folder of limited size.
//!
//! ```
//! use runtime_hooks_flight::{FlightFormat, FlightRecord};
//! use runtime_hooks_recorder::Recorder;
//!
//! let trace = FlightRecord::of(&Recorder::global()).to_bytes(FlightFormat::Perfetto);
//! assert!(!trace.is_empty());
//! ```
//!
//! [`Recorder::flight`]: runtime_hooks_recorder::Recorder::flight

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)] // but for `writer/abort.rs`
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each module uses only those above it.
mod private_file;
mod folder;
mod labels;
mod slices;
mod perfetto;
mod firefox;
mod record;
mod limit;
mod writer;

#[doc(hidden)]
pub use self::labels::{SeriesText, Texts, thread_name};
pub use self::record::{FlightFormat, FlightRecord};
pub use self::writer::{FlightWriter, FlightWriterBuilder, InvalidFlightSetting};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
