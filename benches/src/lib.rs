//! The harness of the benches: [workloads](Workload), run by each [system](System) under test (bare runtimes,
//! instrumented runtimes and peers), [interleaved](interleave) in one process; and the report as tables, JSON, plots
//! and a page.

#![forbid(unsafe_code)]
#![allow(
    clippy::inline_always,
    reason = "the harness must not add a function call to the measured code"
)]

// From the bottom up: a module uses only modules above it in this list.
mod measure;
mod system;
pub mod runtime;
mod workload;
mod wrap;
mod instrumented;
pub mod peers;
mod variants;
pub mod report;

pub use self::instrumented::Instrumented;
pub use self::measure::{Row, Samples, Spread, Variant, compare, interleave, pool};
pub use self::system::System;
pub use self::variants::{BARE, DEFAULT, FLOOR, FULL, LIVE, TOKIO_METRICS, variants};
pub use self::workload::{Job, Workload, work};
pub use self::wrap::{Wrap, Wrapped};
