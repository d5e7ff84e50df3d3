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

pub mod cases;
mod harness;
pub mod mutants;
pub mod reference;
mod stage;
mod tools;

pub use self::cases::{CASES, Case, run_case};
pub use self::harness::{Harness, TestRuntime};
pub use self::stage::{Counts, Stage};
