//! Task metrics for async-std.
//!
//! [`AsyncStd`] is async-std as a [`RuntimeHooks`]: what is spawned through it is recorded under its
//! own name, in the same metrics as on every other runtime. async-std is discontinued; a program
//! that leaves it keeps its metrics by changing this one type.
//!
//! ```
//! use runtime_hooks_async_std::{AsyncStd, Config, Instrumentor, RuntimeHooksExt};
//!
//! async fn fetch(n: u64) -> u64 {
//!     async_std::task::yield_now().await;
//!     n * 2
//! }
//!
//! Instrumentor::global().install(Config::from_env());
//! let double = AsyncStd.block_on(async { AsyncStd.spawn(fetch(21)).await });
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

pub use self::runtime::{AsyncStd, DEPENDENCIES};
pub use self::task::Task;
