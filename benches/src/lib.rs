//! The benches' harness: [workloads](Workload), run by each [system](System) under test (bare runtimes, instrumented
//! runtimes and the peers), [interleaved](interleave) in one process; and the report as tables, JSON, plots and a page.

#![forbid(unsafe_code)]
#![allow(
    clippy::inline_always,
    reason = "what is measured is a call as its users write it: nothing of the harness may stand in between"
)]

// From the bottom up: each uses only those above it in this list.
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
