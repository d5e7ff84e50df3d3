//! Task metrics for smol and any `async-executor`.
//!
//! [`Smol`] is smol's global executor as a [`RuntimeHooks`]; [`OnExecutor`] and [`OnLocalExecutor`]
//! are executors of yours. What is spawned through them is recorded under its own name, in the same
//! metrics as on every other runtime.
//!
//! ```
//! use runtime_hooks_smol::{Config, Instrumentor, RuntimeHooksExt, Smol};
//!
//! async fn fetch(n: u64) -> u64 {
//!     smol::future::yield_now().await;
//!     n * 2
//! }
//!
//! Instrumentor::global().install(Config::from_env());
//! let double = Smol.block_on(async { Smol.spawn(fetch(21)).await });
//! assert_eq!(double.unwrap(), 42);
//!
//! let snapshot = Instrumentor::global().recorder().snapshot();
//! assert_eq!(snapshot.find("fetch").unwrap().ended(), 1);
//! println!("{snapshot}");
//! ```

mod runtime;
mod task;

#[doc(no_inline)]
pub use runtime_hooks_core::{
    Config, Dependency, Detail, EnsureFuture, Instrumentor, JoinError, JoinHandle, Method,
    ReturnWhen, RuntimeHooks, RuntimeHooksExt, SpawnLocal, TaskGroup,
};

pub use self::runtime::{DEPENDENCIES, OnExecutor, OnLocalExecutor, Smol};
pub use self::task::{Cancel, LocalCancel, LocalTask, Task};
