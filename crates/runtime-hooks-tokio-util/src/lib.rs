//! tokio-util, with the tasks of its collections recorded: a drop-in beside
//! [`runtime-hooks-tokio`](https://docs.rs/runtime-hooks-tokio).
//!
//! It has all of tokio-util's items under the same paths. Rename the dependency and change no code:
//!
//! ```toml
//! [dependencies]
//! tokio-util = { package = "runtime-hooks-tokio-util", version = "0.1", features = ["join-map"] }
//! ```
//!
//! `task::JoinMap`, `task::JoinQueue` and `task::TaskTracker` are types of this crate, whose tasks and closures are
//! recorded as `tokio::spawn`'s are: same names, same switch. They deref to tokio-util's own, also where they
//! are changed, and are made from and into these. `LocalPoolHandle` is tokio-util's own.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic where nobody reads
#![deny(hidden_glob_reexports)]

#[cfg(feature = "rt")]
pub mod task;

// tokio-util itself, but for what the drop-in stands in for.
#[doc(no_inline)]
pub use tokio_util::*;

/// The README, whose example is compiled and run.
#[cfg(all(doctest, feature = "rt"))]
#[doc = include_str!("../README.md")]
struct Readme;
