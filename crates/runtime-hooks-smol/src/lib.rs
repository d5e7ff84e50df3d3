//! Task metrics for smol and any `async-executor`.
//!
//! [`Smol`] implements [`RuntimeHooks`] for smol's global executor; [`OnExecutor`] and [`OnLocalExecutor`] do so for
//! custom executors. Tasks spawned through them are recorded under their own name, in the same metrics as on every
//! other runtime.
//!
//! ```
//! use runtime_hooks_smol::{Config, Instrumentor, RuntimeHooksExt, Smol};
//!
//! async fn fetch(n: u64) -> u64 {
//!     smol::future::yield_now().await;
//!     n * 2
//! }
//!
//! let _ = Instrumentor::global().install(Config::from_env());
//! let double = Smol.block_on(async { Smol.spawn(fetch(21)).await });
//! assert_eq!(double.unwrap(), 42);
//!
//! let snapshot = Instrumentor::global().recorder().snapshot();
//! assert_eq!(snapshot.find("fetch").unwrap().ended(), 1);
//! println!("{snapshot}");
//! ```
//!
//! # As a drop-in
//!
//! This crate has all of smol's items under the same paths. Items that start tasks or blocking closures, or await
//! several futures, are recorded. Rename the dependency; the code does not change:
//!
//! ```toml
//! [dependencies]
//! smol = { package = "runtime-hooks-smol", version = "0.1" }
//! ```
//!
//! It records once the process's [`Instrumentor`] is installed. `OTEL_RUST_ASYNCIO_INSTRUMENT=true` installs it from
//! the start, and `OTEL_RUST_ASYNCIO_REPORT=true` also prints the table when the program exits.
//! [docs/drop-in.md](https://github.com/runtime-hooks/runtime-hooks/blob/main/docs/drop-in.md) lists the recorded
//! items.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed
#![deny(hidden_glob_reexports)]

mod raw_task;
mod hooks;
mod drop_in;

// smol's own items, except those that the drop-in replaces.
#[doc(no_inline)]
pub use smol::*;

#[doc(inline)]
pub use self::drop_in::{Executor, LocalExecutor, block_on, future, prelude, spawn, unblock};

#[doc(no_inline)]
pub use runtime_hooks_core::{
    AsyncioExt, Config, Dependency, Detail, Elapsed, EnsureFuture, GroupError, Installed,
    Instrumentor, JoinError, JoinHandle, LocalAsyncioExt, LocalJoinHandle, LocalRuntimeHooks,
    LocalRuntimeHooksExt, Method, ReturnWhen, RuntimeHooks, RuntimeHooksExt, SpawnLocal, State,
    TaskGroup,
};

pub use self::hooks::{DEPENDENCIES, OnExecutor, OnLocalExecutor, Smol};
pub use self::raw_task::{Cancel, LocalCancel, LocalRawTask, RawTask};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
