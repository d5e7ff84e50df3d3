//! Functions and lines of a stack as people read them: which frames are the program's, and what the innermost waits for.
//!
//! For the task dump and the watchdog of runtime-hooks, which depend on this crate by its exact version: its API can change
//! in any release. Only [`Frame`] and [`Stack`] are in their public APIs.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each module uses only those above it.
mod symbol;
mod owner;
mod function_name;
mod wait;
mod path;
mod hint;
mod stack;
mod held;

pub use self::held::Held;
pub use self::hint::Completeness;
pub use self::path::shortened;
pub use self::stack::{Frame, Stack};
pub use self::symbol::{Symbol, Symbols};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
