//! Reports slow polls and elapsed timeouts one by one. Off by default.

mod limit;
mod report;
mod tracer;

pub use self::report::{Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, Reporter};

pub(crate) use self::report::ToDiagnostics;
pub(crate) use self::tracer::IncidentTracer;
