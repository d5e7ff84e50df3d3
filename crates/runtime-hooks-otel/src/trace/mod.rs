//! OpenTelemetry's context, carried along with each process; spans for those that are traced by name.

mod context;
mod current;
mod span;

pub use self::context::ContextTracer;
