//! Which task holds this worker, and in which line? A watchdog for tasks of any async runtime.
//!
//! A task that blocks or computes for long in one poll stops all other tasks of its worker. The watchdog looks at what each
//! thread polls from a thread of its own. It reports a task while it still holds its thread, also if all workers are held:
//! name, place of the spawn, duration, and on Linux the stack of the thread.
//!
//! ```
//! use std::time::Duration;
//!
//! use runtime_hooks_core::{Config, Instrumentor};
//! use runtime_hooks_watchdog::Watchdog;
//!
//! let _ = Instrumentor::global().install(Config::from_env().stall(Duration::from_millis(50)));
//! let watchdog = Watchdog::builder().start()?;
//! // ... the program; a stall is a message on standard error, or goes to the reporter of the configuration ...
//! watchdog.stop();
//! # Ok::<(), runtime_hooks_watchdog::WatchdogError>(())
//! ```
//!
//! Most programs use the feature `watchdog` of the crate `runtime-hooks` instead, with `OTEL_RUST_ASYNCIO_WATCHDOG=true`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each module uses only those above it.
#[cfg(target_os = "linux")]
mod proc_thread;
mod stack;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod no_stack;
mod held_time;
mod stalls;
mod pauses;
mod processors;
mod starvation;
mod report;
mod looks;
mod probe;
mod watchdog;
mod builder;
mod env;

pub use self::builder::{WatchdogBuilder, WatchdogError};
#[doc(hidden)]
pub use self::probe::StackProbe;
pub use self::watchdog::Watchdog;

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
