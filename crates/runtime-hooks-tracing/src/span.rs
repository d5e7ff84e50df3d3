//! The tracer that carries the current `tracing` span.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_core::{Method, Outcome, Submission, TaskContext, Tracer};
use tracing::Span;

use crate::current::current;

/// Carries the caller's current [`tracing::Span`] along with each process: it is entered around each run, on
/// whatever thread, as if the program had written `.in_current_span()` at every spawn, also of closures.
///
/// It makes no span of its own. With `tracing-opentelemetry` the caller's span is in OpenTelemetry's context as
/// well; set the tracer that carries that one after this one, and spans by name lie between the caller's span and
/// those that the process makes: one trace, nothing twice.
///
/// A span is open as long as a process is in it, so a task that outlives its caller keeps its caller's span
/// open, as `.in_current_span()` does.
///
/// If somebody holds the guard of a span (`span.enter()`) across an await, `tracing` may panic when it is asked for the
/// current span. That process then carries nothing, and no other does for a minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanTracer(());

impl SpanTracer {
    /// One that follows the default subscriber of the calling thread, as `tracing` itself does.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tracer for SpanTracer {
    fn submit(&self, process: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        if process.method() == Method::BlockOn {
            // It runs on its caller's thread while its caller waits, so it is in its caller's span already.
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
