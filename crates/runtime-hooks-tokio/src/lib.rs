//! Task metrics for tokio.
//!
//! [`Tokio`] is tokio as a [`RuntimeHooks`]: what is spawned through it is recorded under its own
//! name, in the same metrics as on every other runtime. Works on stable Rust, without
//! `tokio_unstable`.
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
//! Instrumentor::global().install(Config::from_env());
//! let tokio = Tokio::current();
//! assert_eq!(tokio.spawn(fetch(21)).await.unwrap(), 42);
//!
//! let snapshot = Instrumentor::global().recorder().snapshot();
//! assert_eq!(snapshot.find("fetch").unwrap().ended(), 1);
//! println!("{snapshot}");
//! # }
//! ```

mod raw_task;
mod runtime;

#[doc(no_inline)]
pub use runtime_hooks_core::{
    Config, Dependency, Detail, EnsureFuture, Instrumentor, JoinError, JoinHandle, Method,
    ReturnWhen, RuntimeHooks, RuntimeHooksExt, SpawnLocal, TaskGroup,
};

pub use self::raw_task::RawTask;
pub use self::runtime::{DEPENDENCIES, Tokio, TokioRuntime};
