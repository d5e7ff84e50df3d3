//! Reports slow polls, elapsed timeouts and stalls one by one. Off by default.

mod limit;
mod stall;
mod starvation;
mod report;
mod reports;
mod tracer;

pub use self::report::{Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, Reporter};

pub use self::stall::{Stall, StallFrame};
pub use self::starvation::{RunningNow, Starvation};

pub(crate) use self::report::ToDiagnostics;
pub(crate) use self::reports::Reports;
pub(crate) use self::tracer::IncidentTracer;
