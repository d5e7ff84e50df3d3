//! OpenTelemetry's context, carried along with each process; spans for those that are traced by name.

mod current;
mod within;
mod span;
mod context;

pub use self::context::ContextTracer;
