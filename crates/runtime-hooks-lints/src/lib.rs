//! Rules that find faults of async tasks in the data of [`runtime_hooks_recorder`].
//!
//! [`check()`] takes plain numbers, of each series over the last minute and of each live task, and returns [`Finding`]s: which
//! [`Lint`] applies to which series, with the evidence. The rules are pure functions: no clock, no I/O, no state, but for
//! [`Growth`], which a caller feeds once a second.
//!
//! ```
//! use runtime_hooks_lints::{TaskStats, check};
//! use runtime_hooks_recorder::Recorder;
//!
//! let recorder = Recorder::global();
//! for finding in check([], recorder.live_iter().map(|task| TaskStats::from(&task))) {
//!     println!("{}: {}", finding.lint.as_str(), finding.evidence);
//! }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each module uses only those above it.
mod stats;
mod growth;
mod rule;
mod lint;
mod finding;
mod check;

pub use self::check::check;
pub use self::finding::Finding;
pub use self::growth::Growth;
pub use self::lint::Lint;
pub use self::stats::{SeriesStats, TaskStats};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
