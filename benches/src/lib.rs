//! The benches' harness: [workloads](Workload) done by [subjects](Subject), bare runtimes, ours and the peers,
//! [interleaved](interleave) in one process, and what was measured as a table, JSON, plots and a page.

#![forbid(unsafe_code)]
#![allow(
    clippy::inline_always,
    reason = "what is measured is a call as its users write it: nothing of the harness may stand in between"
)]

mod measure;
pub mod peers;
pub mod report;
pub mod runtime;
mod subject;
mod variants;
mod workload;

pub use self::measure::{Row, Samples, Spread, Variant, compare, interleave, pool};
pub use self::subject::{Ours, Subject, Wrap, Wrapped};
pub use self::variants::{BARE, DEFAULT, FLOOR, FULL, LIVE, TOKIO_METRICS, variants};
pub use self::workload::{Job, Workload, work};
