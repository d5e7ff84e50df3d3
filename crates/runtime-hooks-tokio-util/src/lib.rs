//! tokio-util, with the tasks of its collections recorded: a drop-in to use with
//! [`runtime-hooks-tokio`](https://docs.rs/runtime-hooks-tokio).
//!
//! It has all of tokio-util's items under the same paths. Rename the dependency and change no code:
//!
//! ```toml
//! [dependencies]
//! tokio-util = { package = "runtime-hooks-tokio-util", version = "0.1", features = ["join-map"] }
//! ```
//!
//! `task::JoinMap`, `task::JoinQueue` and `task::TaskTracker` are types of this crate. Their tasks and closures are
//! recorded as those of `tokio::spawn` are: under the same names, by the same instrumentor. They deref to
//! tokio-util's types, also mutably, and convert from and into them. `LocalPoolHandle` is tokio-util's own.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed
#![deny(hidden_glob_reexports)]

#[cfg(feature = "rt")]
pub mod task;

// tokio-util's own items, except those that the drop-in replaces.
#[doc(no_inline)]
pub use tokio_util::*;

/// The README, whose example is compiled and run.
#[cfg(all(doctest, feature = "rt"))]
#[doc = include_str!("../README.md")]
struct Readme;
