//! The tracer that carries the current `tracing` span.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_core::{Method, Outcome, Submission, TaskContext, Tracer};
use tracing::Span;

use crate::current::current;

/// Carries the caller's current [`tracing::Span`] with each task. It is entered around each run, on any thread, as if the
/// program had written `.in_current_span()` at every spawn, also of closures.
///
/// It makes no span of its own. With `tracing-opentelemetry` the caller's span is in OpenTelemetry's context as well. Set
/// the tracer that carries that context after this one: then spans by name are between the caller's span and those of
/// the task, in one trace and without duplicates.
///
/// A span stays open while a task is in it, so a task that outlives its caller keeps the caller's span open, as
/// `.in_current_span()` does.
///
/// If the program holds the guard of a span (`span.enter()`) across an await, `tracing` may panic when it is asked for the
/// current span. That task then carries nothing, and neither do others for a minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanTracer(());

impl SpanTracer {
    /// A tracer that uses the default subscriber of the calling thread, as `tracing` itself does.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tracer for SpanTracer {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        if submission.method() == Method::BlockOn {
            // It runs on the caller's thread while the caller waits, so it is in the caller's span already.
            return None;
        }
        Some(Arc::new(Caller(current()?)))
    }
}

struct Caller(Span);

impl TaskContext for Caller {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.0.in_scope(run);
    }

    fn end(&self, _: Outcome, _: Duration) {}
}
