//! The span of a task that is traced by name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{Link, Span, SpanBuilder, SpanContext, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, StringValue};
use runtime_hooks_core::{Submission, TaskContext};
use runtime_hooks_recorder::catalog::attribute;
use runtime_hooks_recorder::{Kind, Outcome, PanicRecord, State};

use super::current::Entry;
use super::within::Within;

/// The context of a task whose span is recorded.
struct Spanned {
    /// The caller's context with the span in it.
    context: Entry,
    polls: AtomicU64,
    busy: Nanos,
    scheduled: Nanos,
    /// Message and location of the task's panic.
    panic: OnceLock<PanicRecord>,
}

/// A sum of durations.
#[derive(Default)]
struct Nanos(AtomicU64);

impl Nanos {
    fn add(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanos, Ordering::Relaxed);
    }

    fn seconds(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1e9
    }
}

/// Starts the span of a task. A span that is not recorded is carried, and gets no attributes at the end.
pub(super) fn start(tracer: &BoxedTracer, submission: &Submission<'_>) -> Arc<dyn TaskContext> {
    let caller = Context::current();
    let builder = SpanBuilder::from_name(name(submission)).with_attributes(attributes(submission));
    let span = if submission.is_linked() {
        let link = Some(caller.span().span_context().clone()).filter(SpanContext::is_valid);
        let links = link.into_iter().map(Link::with_context).collect();
        tracer.build_with_context(builder.with_links(links), &Context::new())
    } else {
        tracer.build_with_context(builder, &caller)
    };
    if !span.is_recording() {
        return Arc::new(Within::new(caller.with_span(span)));
    }
    Arc::new(Spanned {
        context: Entry::new(caller.with_span(span)),
        polls: AtomicU64::new(0),
        busy: Nanos::default(),
        scheduled: Nanos::default(),
        panic: OnceLock::new(),
    })
}

impl Spanned {
    /// Adds the attributes that are known at the end.
    fn tell(&self, outcome: Outcome) {
        let span = self.context.get().span();
        let polls = self.polls.load(Ordering::Relaxed);
        span.set_attribute(KeyValue::new(attribute::STATE, outcome.state().as_str()));
        span.set_attribute(KeyValue::new(
            attribute::POLLS,
            i64::try_from(polls).unwrap_or(i64::MAX),
        ));
        span.set_attribute(KeyValue::new(attribute::BUSY, self.busy.seconds()));
        span.set_attribute(KeyValue::new(attribute::SCHEDULED, self.scheduled.seconds()));
        let error_type = outcome.error_type();
        if let Some(error_type) = error_type {
            span.set_attribute(KeyValue::new(attribute::ERROR_TYPE, error_type));
        }
        match outcome.state() {
            State::Exception | State::Timeout => {
                let what = error_type.unwrap_or(outcome.state().as_str());
                let mut event = vec![KeyValue::new("exception.type", what)];
                event.extend(self.exception(outcome));
                span.add_event("exception", event);
                span.set_status(Status::error(what));
            }
            _ => {}
        }
    }
}

impl Spanned {
    /// Message and location of the panic; for other errors a fixed text, because the error belongs to the program.
    fn exception(&self, outcome: Outcome) -> Vec<KeyValue> {
        let panic = self.panic.get().filter(|_| outcome == Outcome::PANIC);
        let message = panic.and_then(|panic| panic.message.clone());
        let message = message.map_or_else(|| message_of(outcome).into(), Into::<StringValue>::into);
        let place = panic.map(|panic| {
            [
                KeyValue::new(attribute::FILE, panic.file.clone()),
                KeyValue::new(attribute::LINE, i64::from(panic.line)),
            ]
        });
        let message = KeyValue::new("exception.message", message);
        std::iter::once(message).chain(place.into_iter().flatten()).collect()
    }
}

impl TaskContext for Spanned {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.context.enter(run);
    }

    fn wants_polls(&self) -> bool {
        true
    }

    fn poll_ended(&self, busy: Duration, scheduled: Option<Duration>) {
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.busy.add(busy);
        self.scheduled.add(scheduled.unwrap_or_default());
    }

    fn panicked(&self, panic: &PanicRecord) {
        let _ = self.panic.set(panic.clone());
    }

    fn end(&self, outcome: Outcome, _: Duration) {
        self.tell(outcome);
        self.context.get().span().end();
    }
}

/// The name that Python's instrumentation gives it.
fn name(submission: &Submission<'_>) -> String {
    match (submission.kind(), submission.name()) {
        (Kind::Coroutine, Some(name)) => ["asyncio coro-", name].concat(),
        (Kind::Blocking, Some(name)) => ["asyncio to_thread-", name].concat(),
        _ => "asyncio future".to_owned(),
    }
}

fn attributes(submission: &Submission<'_>) -> Vec<KeyValue> {
    let at = submission.location();
    let name = submission.shared_name().map(|name| KeyValue::new(attribute::NAME, name));
    let function = submission.shared_function();
    let function = function.map(|function| KeyValue::new(attribute::FUNCTION, function));
    let rest = [
        KeyValue::new(attribute::TYPE, submission.kind().as_str()),
        KeyValue::new(attribute::RUNTIME, submission.runtime()),
        KeyValue::new(attribute::FILE, at.file()),
        KeyValue::new(attribute::LINE, i64::from(at.line())),
    ];
    name.into_iter().chain(function).chain(rest).collect()
}

fn message_of(outcome: Outcome) -> &'static str {
    match (outcome.state(), outcome.error_type()) {
        (State::Timeout, _) => "its deadline has elapsed",
        (_, Some("panic")) => "it panicked",
        _ => "it returned an error",
    }
}
