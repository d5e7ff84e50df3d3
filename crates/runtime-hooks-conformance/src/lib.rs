//! The suite that every backend passes: what is recorded when, and that nothing else changes.
//!
//! Write a [`Harness`] for your runtime and expand [`conformance!`](crate::conformance) in a test
//! file: each case becomes a `#[test]` of its own, in a module a group.
//!
//! ```
//! # mod hidden {
//! use runtime_hooks_conformance::reference::{Reference, ReferenceRuntime};
//! use runtime_hooks_conformance::{Harness, conformance};
//!
//! struct OnReference(ReferenceRuntime);
//!
//! impl Harness for OnReference {
//!     type Runtime = Reference;
//!
//!     fn start() -> Self {
//!         Self(ReferenceRuntime::new())
//!     }
//!
//!     fn runtime(&self) -> Reference {
//!         self.0.handle()
//!     }
//!
//!     fn shut_down(self) -> bool {
//!         drop(self.0);
//!         true
//!     }
//! }
//!
//! conformance!(OnReference);
//! # }
//! ```
//!
//! Cases bring a recorder of their own each, most on a clock that only they move, so they assert
//! exact numbers and run side by side. The [`reference`](mod@reference) runtime passes all of them with a clock and
//! timers that never wait; [`mutants`] of it, each broken in one way, each fail a named case.
//!
//! # A runtime of yours, step by step
//!
//! `examples/own_backend.rs` in the repository does it in 140 lines, for a pool of threads around
//! `async-executor`, `blocking` and `async-io`:
//!
//! 1. **A handle** (`Pool`): cheap to clone, `Send + Sync`; it is what users call `spawn` on. Whatever
//!    owns threads is another type (`PoolThreads`), or the last handle could be dropped by a task on a
//!    thread that would then have to join itself.
//! 2. **[`raw_spawn`] and [`raw_spawn_blocking`]**: hand the future or closure to the executor, and do
//!    nothing else. It has been wrapped already: names, counts and times are the core's. Where the
//!    executor takes only a `Future<Output = ()>`, [`joinable`] makes the handle that joins and aborts; a
//!    handle of the runtime's own implements [`TaskHandle`].
//! 3. **[`sleep`]**, counted from the call and not from the first poll; **[`raw_block_on`]**, which runs the
//!    runtime's tasks as well as the future if nobody else does.
//! 4. **What the backend can tell of itself**, if it can: [`gauges`], [`dependencies`], errors of its own
//!    deadlines with [`is_elapsed`], and [`now`] if its time can be stopped.
//! 5. **A [`Harness`]**: `start` a runtime, hand out its handle, `shut_down`. A runtime that is global and
//!    never ends says `false` there, and the one case about the end expects its tasks to be alive.
//! 6. **`conformance!(YourHarness)`** in a test file. A case that fails is named after the rule that is
//!    broken; the table below says where the rule is written. A case that hangs fails after two
//!    minutes, by name as well.
//!
//! `examples/thread_per_core` does the same for a runtime with one thread per core, whose tasks are not `Send` and can only be
//! spawned on their own thread.
//!
//! # Features
//!
//! The suite needs the core alone. The feature `opentelemetry` adds the groups `context` and `span`: the caller's
//! OpenTelemetry context in each task, and the spans of tasks that are traced by name.
//!
//! [`raw_spawn`]: runtime_hooks_core::RuntimeHooks::raw_spawn
//! [`raw_spawn_blocking`]: runtime_hooks_core::RuntimeHooks::raw_spawn_blocking
//! [`joinable`]: runtime_hooks_core::joinable
//! [`TaskHandle`]: runtime_hooks_core::TaskHandle
//! [`sleep`]: runtime_hooks_core::RuntimeHooks::sleep
//! [`raw_block_on`]: runtime_hooks_core::RuntimeHooks::raw_block_on
//! [`gauges`]: runtime_hooks_core::RuntimeHooks::gauges
//! [`dependencies`]: runtime_hooks_core::RuntimeHooks::dependencies
//! [`is_elapsed`]: runtime_hooks_core::RuntimeHooks::is_elapsed
//! [`now`]: runtime_hooks_core::RuntimeHooks::now
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // they panic where nobody reads
#![doc = include_str!("../rules.md")]

// From the bottom up: each uses only those above it in this list.
mod harness;
mod stage;
mod tools;
#[cfg(feature = "opentelemetry")]
mod traces;
pub mod cases;
pub mod reference;
pub mod mutants;

pub use self::cases::{CASES, Case, run_case};
pub use self::harness::Harness;
pub use self::stage::{Counts, Stage};

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
