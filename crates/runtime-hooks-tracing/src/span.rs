//! The tracer that carries the current `tracing` span.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime_hooks_core::{Method, Outcome, Submission, TaskContext, Tracer};
use tracing::Span;

use crate::current::current;

/// Carries the caller's current [`tracing::Span`] with the tasks that the program selects. The span is entered around
/// each poll, on any thread, as if the program had written `.in_current_span()` at the spawn, and around blocking
/// closures.
///
/// # Why not with every task
///
/// A span of `tracing` stays open as long as anything holds it, so a task that carries its caller's span makes that
/// span last until the task has ended: a request of 10 ms that starts a task of a minute would be reported as a request
/// of a minute. There is no weaker reference to a span. So by default a spawned task carries no span, as without this
/// crate, and its log lines lack the prefix of the caller's span. There are two remedies:
///
/// - Give the task a span of its own that is created inside of it, with `#[tracing::instrument]` on the `async fn`. With
///   `tracing-opentelemetry` and the `ContextTracer` of runtime-hooks-otel, it is a child of the caller's span, since the
///   ids of that span are carried with each task. A span that is created at the spawn is a child in `tracing`, and keeps
///   the caller's span open.
/// - Carry the live span with the tasks that end with their caller: [`TraceNames::live`] selects them by name,
///   [`live`](Self::live) selects all.
///
/// A `timeout`, `gather` or another future that the caller polls itself runs in the span that is current when it is polled.
///
/// # With tracing-opentelemetry
///
/// Set the tracer that carries OpenTelemetry's context after this one: then spans by name are children of the caller's
/// span and parents of the task's spans, in one trace and without duplicates.
///
/// # Misuse
///
/// If the program holds the guard of a span (`span.enter()`) across an await, `tracing` may panic when the current
/// span is read. Then that task carries no span, and neither do other tasks for a minute.
///
/// [`TraceNames::live`]: runtime_hooks_core::TraceNames::live
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanTracer {
    is_live: bool,
}

impl SpanTracer {
    /// Creates a tracer that uses the default subscriber of the calling thread, as `tracing` itself does.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a tracer that carries the caller's span with every task. The span stays open until the last task that
    /// carries it has ended.
    pub fn live() -> Self {
        Self { is_live: true }
    }
}

impl Tracer for SpanTracer {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        // The future of `block_on` runs on the caller's thread while the caller waits: it is already in the caller's span.
        if submission.method() == Method::BlockOn
            || !(self.is_live || submission.carries_live_span())
        {
            return None;
        }
        let caller = Caller(Mutex::new(Some(Arc::new(current()?))));
        Some(if submission.is_in_place() {
            Arc::new(UnlessCurrent(caller))
        } else {
            Arc::new(caller)
        })
    }
}

/// Released at the end of the task, and not with the task's last waker, which others can keep.
struct Caller(Mutex<Option<Arc<Span>>>);

impl Caller {
    fn span(&self) -> MutexGuard<'_, Option<Arc<Span>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskContext for Caller {
    fn enter(&self, run: &mut dyn FnMut()) {
        let span = self.span().clone();
        match span {
            Some(span) => span.in_scope(run),
            None => run(),
        }
    }

    fn end(&self, _: Outcome, _: Duration) {
        let span = self.span().take();
        // Without the lock: it may close the span, which calls the subscriber.
        drop(span);
    }
}

/// As [`Caller`], for a future that the caller polls itself: the span that is current then stays.
struct UnlessCurrent(Caller);

impl TaskContext for UnlessCurrent {
    fn enter(&self, run: &mut dyn FnMut()) {
        if current().is_some() {
            run();
        } else {
            self.0.enter(run);
        }
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        self.0.end(outcome, duration);
    }
}
