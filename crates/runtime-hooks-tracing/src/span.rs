//! The tracer that carries the current `tracing` span.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_core::{Method, Outcome, Submission, TaskContext, Tracer};
use tracing::Span;

use crate::current::current;

/// Carries the caller's current [`tracing::Span`] with each task. The span is entered around each poll, on any
/// thread, as if the program had written `.in_current_span()` at every spawn, and around blocking closures.
///
/// It creates no spans. With `tracing-opentelemetry` the caller's span is also in OpenTelemetry's context. Set the
/// tracer that carries that context after this one: then spans by name are children of the caller's span and parents
/// of the task's spans, in one trace and without duplicates.
///
/// A span stays open while a task carries it, so a task that outlives its caller keeps the caller's span open, as
/// `.in_current_span()` does.
///
/// If the program holds the guard of a span (`span.enter()`) across an await, `tracing` may panic when the current
/// span is read. Then that task carries no span, and neither do other tasks for a minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanTracer(());

impl SpanTracer {
    /// Creates a tracer that uses the default subscriber of the calling thread, as `tracing` itself does.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tracer for SpanTracer {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        if submission.method() == Method::BlockOn {
            // The future runs on the caller's thread while the caller waits, so it is already in the caller's span.
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
