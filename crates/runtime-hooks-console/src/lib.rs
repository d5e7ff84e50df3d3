//! A live page that shows what a program's async tasks do, served by the program itself on tokio, smol and async-std.
//!
//! ```no_run
//! use runtime_hooks_console::Console;
//! use runtime_hooks_core::{Config, Instrumentor};
//!
//! let _ = Instrumentor::global().install(Config::from_env());
//! let console = Console::builder().serve().unwrap();
//! println!("{}", console.url()); // http://127.0.0.1:6680/
//! ```
//!
//! The same port serves Prometheus metrics at `/metrics` and JSON below `/api/v1/`; `docs/console.md` of the repository
//! describes all of it. The console runs on two separate threads, outside of every observed runtime, so its work is not
//! in its numbers. While no console is started, nothing runs and nothing is kept.
//!
//! With the feature `tokio-console`, the tokio-console of crates.io connects to that port too, and shows tasks of every
//! runtime, without `tokio_unstable`.
//!
//! By default it listens on this machine only. Any other address requires a [token](ConsoleBuilder::token), or an
//! [explicit opt-in](ConsoleBuilder::open_to_everyone). It is read-only.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each module uses only those above it.
mod error;
mod token;
mod settings;
mod series_cache;
mod live_snapshot;
mod history;
mod findings;
mod sampler_state;
mod sampler;
mod compute_thread;
mod chunks;
mod incremental;
mod api;
mod prometheus;
#[cfg(feature = "tokio-console")]
mod tokio_console;
mod server;
mod builder;
mod console;

pub use runtime_hooks_lints::Lint;

pub use self::builder::ConsoleBuilder;
pub use self::console::Console;
pub use self::error::ConsoleError;
pub use self::sampler::LintSeconds;
pub use runtime_hooks_recorder::{Disclosure, Field, ParseDisclosureError};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
