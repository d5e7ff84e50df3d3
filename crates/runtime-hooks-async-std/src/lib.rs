//! Task metrics for async-std.
//!
//! [`AsyncStd`] implements [`RuntimeHooks`] for async-std: tasks spawned through it are recorded under their own
//! name, in the same metrics as on every other runtime. async-std is discontinued; a program that migrates keeps its
//! metrics by changing this one type.
//!
//! ```
//! use runtime_hooks_async_std::{AsyncStd, Config, Instrumentor, RuntimeHooksExt};
//!
//! async fn fetch(n: u64) -> u64 {
//!     async_std::task::yield_now().await;
//!     n * 2
//! }
//!
//! let _ = Instrumentor::global().install(Config::from_env());
//! let double = AsyncStd.block_on(async { AsyncStd.spawn(fetch(21)).await });
//! assert_eq!(double.unwrap(), 42);
//!
//! let snapshot = Instrumentor::global().recorder().snapshot();
//! assert_eq!(snapshot.find("fetch").unwrap().ended(), 1);
//! println!("{snapshot}");
//! ```
//!
//! # As a drop-in
//!
//! This crate has all of async-std's items under the same paths. Items that start tasks or blocking closures, await
//! several futures or set a timeout are recorded. Rename the dependency; the code does not change:
//!
//! ```toml
//! [dependencies]
//! async-std = { package = "runtime-hooks-async-std", version = "0.1" }
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

// async-std's own items, except those that the drop-in replaces.
#[doc(no_inline)]
pub use async_std::*;

#[doc(inline)]
pub use self::drop_in::{future, io, prelude, task};

#[doc(no_inline)]
pub use runtime_hooks_core::{
    AsyncioExt, Config, Dependency, Detail, Elapsed, EnsureFuture, GroupError, Installed,
    Instrumentor, JoinError, JoinHandle, LocalJoinHandle, Method, ReturnWhen, RuntimeHooks,
    RuntimeHooksExt, SpawnLocal, State, TaskGroup,
};

pub use self::hooks::{AsyncStd, DEPENDENCIES};
pub use self::raw_task::RawTask;

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
