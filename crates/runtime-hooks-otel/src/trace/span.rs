//! The span of a task that is traced by name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{Link, Span, SpanContext, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use runtime_hooks_core::{Submission, TaskContext};
use runtime_hooks_recorder::catalog::attribute;
use runtime_hooks_recorder::{Outcome, PanicRecord, State, TraceIds};

use super::carried::sampled_ids;
use super::current::Entry;
use super::template::Template;
use super::within::Within;

/// The context of a task whose span is recorded.
struct Spanned {
    /// The caller's context with the span in it.
    context: Entry,
    polls: Sum,
    busy: Sum,
    scheduled: Sum,
    /// The task's panic.
    panic: OnceLock<PanicRecord>,
}

/// A sum that one thread at a time adds to: the thread that polls the task. So it needs no atomic addition.
#[derive(Default)]
struct Sum(AtomicU64);

impl Sum {
    fn add(&self, value: u64) {
        self.0.store(self.get().wrapping_add(value), Ordering::Relaxed);
    }

    fn add_nanos(&self, duration: Duration) {
        self.add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn seconds(&self) -> f64 {
        self.get() as f64 / 1e9
    }
}

/// Starts the span of a task. A span that is not recorded is carried, and gets no attributes at the end.
pub(super) fn start(
    tracer: &BoxedTracer,
    caller: &Context,
    submission: &Submission<'_>,
) -> Arc<dyn TaskContext> {
    let builder = Template::of(submission).builder();
    let span = if submission.is_linked() {
        let link = Some(caller.span().span_context().clone()).filter(SpanContext::is_valid);
        let links = link.into_iter().map(Link::with_context).collect();
        tracer.build_with_context(builder.with_links(links), &Context::new())
    } else {
        tracer.build_with_context(builder, caller)
    };
    if !span.is_recording() {
        return Arc::new(Within::new(caller.with_span(span)));
    }
    Arc::new(Spanned {
        context: Entry::new(caller.with_span(span)),
        polls: Sum::default(),
        busy: Sum::default(),
        scheduled: Sum::default(),
        panic: OnceLock::new(),
    })
}

impl Spanned {
    /// Adds the attributes that are known at the end.
    fn tell(&self, outcome: Outcome) {
        let span = self.context.get().span();
        let polls = i64::try_from(self.polls.get()).unwrap_or(i64::MAX);
        let error_type = outcome.error_type();
        let of_error =
            error_type.map(|error_type| KeyValue::new(attribute::ERROR_TYPE, error_type));
        let of_all = [
            KeyValue::new(attribute::STATE, outcome.state().as_str()),
            KeyValue::new(attribute::POLLS, polls),
            KeyValue::new(attribute::BUSY, self.busy.seconds()),
            KeyValue::new(attribute::SCHEDULED, self.scheduled.seconds()),
        ];
        span.set_attributes(of_all.into_iter().chain(of_error));
        if matches!(outcome.state(), State::Exception | State::Timeout) {
            let error_type = error_type.unwrap_or(outcome.state().as_str());
            let panic = self.panic.get().filter(|_| outcome == Outcome::PANIC);
            let message = panic.and_then(|panic| panic.message.as_deref());
            // For errors that are no panic a fixed text, because the error belongs to the program.
            let message = message.unwrap_or_else(|| message_of(outcome));
            span.add_event("exception", exception(error_type, message, panic));
            span.set_status(Status::error(format!("{error_type}: {message}")));
        }
    }
}

/// The attributes of the event of an error.
fn exception(
    error_type: &'static str,
    message: &str,
    panic: Option<&PanicRecord>,
) -> Vec<KeyValue> {
    let mut exception = vec![
        KeyValue::new(attribute::EXCEPTION_TYPE, error_type),
        KeyValue::new(attribute::EXCEPTION_MESSAGE, message.to_owned()),
    ];
    if let Some(panic) = panic {
        exception.push(KeyValue::new(attribute::FILE, panic.file.clone()));
        exception.push(KeyValue::new(attribute::LINE, i64::from(panic.line)));
        let backtrace = panic.backtrace();
        exception.extend(
            backtrace.map(|backtrace| KeyValue::new(attribute::EXCEPTION_STACKTRACE, backtrace)),
        );
    }
    exception
}

impl TaskContext for Spanned {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.context.enter(run);
    }

    fn wants_polls(&self) -> bool {
        true
    }

    fn poll_ended(&self, busy: Duration, scheduled: Option<Duration>) {
        self.polls.add(1);
        self.busy.add_nanos(busy);
        self.scheduled.add_nanos(scheduled.unwrap_or_default());
    }

    fn panicked(&self, panic: &PanicRecord) {
        let _ = self.panic.set(panic.clone());
    }

    fn trace_ids(&self) -> Option<TraceIds> {
        sampled_ids(self.context.get())
    }

    fn end(&self, outcome: Outcome, _: Duration) {
        self.tell(outcome);
        self.context.get().span().end();
    }
}

fn message_of(outcome: Outcome) -> &'static str {
    match (outcome.state(), outcome.error_type()) {
        (State::Timeout, _) => "its deadline has elapsed",
        (_, Some("panic")) => "it panicked",
        _ => "it returned an error",
    }
}
