//! OpenTelemetry's context, carried with each task, and spans of the tasks that are traced by name.

mod carried;
mod current;
mod within;
mod template;
mod span;
mod context;

pub use self::context::ContextTracer;
