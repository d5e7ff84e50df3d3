//! A live page of what a program's async tasks do, served by the program itself: on tokio, smol and async-std alike.
//!
//! ```no_run
//! use runtime_hooks_console::Console;
//! use runtime_hooks_core::{Config, Instrumentor};
//!
//! Instrumentor::global().install(Config::from_env());
//! let console = Console::builder().serve().unwrap();
//! println!("{}", console.url()); // http://127.0.0.1:6680/
//! ```
//!
//! Prometheus scrapes the same port at `/metrics`, and programs read the same numbers as JSON below `/api/v1/`:
//! `docs/console.md` of the repository has all of it. It runs on two threads of its own, outside of every runtime that is
//! observed: what it does is not in what it shows. While no console is started nothing runs, and nothing is kept.
//!
//! With the feature `tokio-console`, the tokio-console of crates.io connects to that port too, and shows tasks of every
//! runtime, without `tokio_unstable`.
//!
//! It listens on this machine only. Any other address asks for a [token](ConsoleBuilder::token), or for the [word that it
//! is open](ConsoleBuilder::open_to_everyone). It is read-only.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic where nobody reads

mod api;
mod chunks;
mod compute_thread;
mod console;
mod series_cache;
mod disclosure;
mod error;
mod findings;
mod incremental;
mod history;
mod live_snapshot;
mod sampler;
mod sampler_state;
mod prometheus;
mod server;
mod settings;
mod token_file;
#[cfg(feature = "tokio-console")]
mod tokio_console;

pub use self::console::{Console, ConsoleBuilder};
pub use self::disclosure::{Disclosure, Field};
pub use self::error::ConsoleError;
pub use runtime_hooks_lints::Lint;

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
