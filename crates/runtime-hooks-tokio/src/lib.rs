//! Task metrics for tokio.
//!
//! [`Tokio`] implements [`RuntimeHooks`] for tokio: tasks spawned through it are recorded under their own name, in
//! the same metrics as on every other runtime. It works on stable Rust, without `tokio_unstable`.
//!
//! ```
//! use runtime_hooks_tokio::{Config, Instrumentor, RuntimeHooksExt, Tokio};
//!
//! async fn fetch(n: u64) -> u64 {
//!     tokio::task::yield_now().await;
//!     n * 2
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let _ = Instrumentor::global().install(Config::from_env());
//! let tokio = Tokio::current();
//! assert_eq!(tokio.spawn(fetch(21)).await.unwrap(), 42);
//!
//! let snapshot = Instrumentor::global().recorder().snapshot();
//! assert_eq!(snapshot.find("fetch").unwrap().ended(), 1);
//! println!("{snapshot}");
//! # }
//! ```
//!
//! # As a drop-in
//!
//! This crate has all of tokio's items under the same paths. Items that start tasks or blocking closures, await
//! several futures or set a timeout are recorded. Rename the dependency; the code does not change:
//!
//! ```toml
//! [dependencies]
//! tokio = { package = "runtime-hooks-tokio", version = "0.1", features = ["full"] }
//! ```
//!
//! It records once the process's [`Instrumentor`] is installed. `OTEL_RUST_ASYNCIO_INSTRUMENT=true` installs it from
//! the start, and `OTEL_RUST_ASYNCIO_REPORT=true` also prints the table when the program exits.
//! [docs/drop-in.md](https://github.com/runtime-hooks/runtime-hooks/blob/main/docs/drop-in.md) lists the recorded
//! items. `#[tokio::main]` and `#[tokio::test]` need no change.
//!
//! All of tokio's features are features of this crate, and there is one more:
//!
//! | feature | |
//! |---|---|
//! | `wrap-join` | on by default: `join!` and `try_join!` record their futures, and are 24 bytes a future larger |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic if the stream is closed
#![deny(hidden_glob_reexports)]

mod gauges;
mod raw_task;
mod sleep;
mod foreign;
mod hooks;
mod drop_in;
#[doc(hidden)]
pub mod support;

// tokio's own items, except those that the drop-in replaces.
#[doc(no_inline)]
pub use tokio::*;

#[doc(inline)]
pub use self::drop_in::{runtime, spawn, task, time};

#[doc(no_inline)]
pub use runtime_hooks_core::{
    AsyncioExt, Config, Dependency, Detail, Elapsed, EnsureFuture, GroupError, Installed,
    Instrumentor, JoinError, JoinHandle, LocalJoinHandle, Method, ReturnWhen, RuntimeHooks,
    RuntimeHooksExt, SpawnLocal, State, TaskGroup,
};

pub use self::hooks::{DEPENDENCIES, Tokio, TokioRuntime};
pub use self::raw_task::RawTask;
pub use self::sleep::Sleep;

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
