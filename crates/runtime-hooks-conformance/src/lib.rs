//! The test suite for backends: it checks what is recorded and when, and that the behaviour of tasks does not change.
//!
//! Write a [`Harness`] for your runtime and expand [`conformance!`](crate::conformance) in a test file. Each case becomes a
//! `#[test]`, in one module per group.
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
//! Each case uses its own recorder, usually on a clock that only the case moves, so that it asserts exact numbers and cases
//! run in parallel. The [`reference`](mod@reference) runtime passes all of them, with a clock and timers that never wait.
//! Each of its [`mutants`] is broken in one way and fails a named case.
//!
//! # A custom runtime, step by step
//!
//! `examples/own_backend.rs` in the repository does it in 140 lines, for a pool of threads around
//! `async-executor`, `blocking` and `async-io`:
//!
//! 1. **A handle** (`Pool`): cheap to clone, `Send + Sync`; users call `spawn` on it. The owner of the threads is another
//!    type (`PoolThreads`): otherwise a task could drop the last handle on a thread that would then have to join itself.
//! 2. **[`raw_spawn`] and [`raw_spawn_blocking`]** pass the future or closure to the executor, and do nothing else. The core
//!    has wrapped it already, with names, counts and times. If the executor takes only a `Future<Output = ()>`, [`joinable`]
//!    makes the handle that joins and aborts. A runtime's own handle implements [`TaskHandle`].
//! 3. **[`sleep`]** starts at the call and not at the first poll. **[`raw_block_on`]** also runs the runtime's tasks, unless
//!    other threads run them.
//! 4. **What the runtime can report**: [`gauges`], errors of its deadlines with [`is_elapsed`], and [`now`]
//!    if its time can be stopped.
//! 5. **A [`Harness`]** starts a runtime, returns its handle, and shuts it down. A global runtime that never ends returns
//!    `false` from `shut_down`; the case about the shutdown then expects its tasks to stay alive.
//! 6. **`conformance!(YourHarness)`** in a test file. A failing case is named after the broken rule, and the table below
//!    says where the rule is documented. A case that hangs fails after two minutes.
//!
//! `examples/thread_per_core` does the same for a runtime with one thread per core, through a handle of all threads. Its
//! backend for a single thread is a `LocalRuntimeHooks`, which the suite does not run on: it has its own tests.
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
//! [`is_elapsed`]: runtime_hooks_core::RuntimeHooks::is_elapsed
//! [`now`]: runtime_hooks_core::RuntimeHooks::now
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed
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
