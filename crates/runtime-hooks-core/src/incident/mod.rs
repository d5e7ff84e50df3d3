//! Slow polls and elapsed timeouts, reported one by one: off by default.

mod limit;
mod report;
mod tracer;

pub use self::report::{Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, Reporter};

pub(crate) use self::report::ToDiagnostics;
pub(crate) use self::tracer::IncidentTracer;
