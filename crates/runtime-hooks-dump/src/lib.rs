//! Where does each task wait? Async stack traces of all live tasks, on stable Rust and any runtime.
//!
//! A dump wakes each live task. When its executor polls it, the instrumented future polls the future inside as always,
//! and then once more with a waker that walks the stack wherever a leaf future asks for a waker: at the innermost `await`.
//! [`TaskDump`] looks up the functions and lines and groups the tasks that wait at the same place.
//!
//! ```
//! use runtime_hooks_core::{Config, Instrumentor};
//! use runtime_hooks_dump::{TaskDump, Weight};
//!
//! let instrumentor = Instrumentor::installed(Config::new().live(true));
//! // ... the program spawns tasks; then, on a thread that runs no tasks:
//! let dump = TaskDump::of(&instrumentor.recorder());
//! print!("{dump}");
//! std::fs::write(std::env::temp_dir().join("dump.folded"), dump.to_folded(Weight::Tasks))?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Most programs use the feature `dump` of the crate `runtime-hooks` instead: `runtime_hooks::dump()`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each module uses only those above it.
mod answer;
mod task;
mod group;
mod dump;
mod builder;
mod text;
mod json;
#[cfg(test)]
mod schema_tests;
mod folded;
mod on_quit;
mod env;

pub use self::answer::TaskAnswer;
pub use self::builder::TaskDumpBuilder;
pub use self::dump::TaskDump;
pub use self::env::InvalidDumpSetting;
pub use self::folded::Weight;
pub use self::group::DumpGroup;
pub use self::on_quit::DumpOnQuit;
pub use self::task::DumpedTask;
#[doc(inline)]
pub use runtime_hooks_stack::{Frame, Stack};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
