//! The span of a process that is traced by name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{SpanBuilder, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use runtime_hooks_core::catalog::attribute;
use runtime_hooks_core::{Carried, Kind, Outcome, State, Submission};

/// A process with a span of its own.
pub(super) struct Spanned {
    /// The caller's, with the span in it.
    context: Context,
    polls: AtomicU64,
    busy_nanos: AtomicU64,
}

impl Spanned {
    pub(super) fn start(tracer: &BoxedTracer, process: &Submission<'_>) -> Self {
        let caller = Context::current();
        let builder = SpanBuilder::from_name(name(process)).with_attributes(attributes(process));
        let span = tracer.build_with_context(builder, &caller);
        Self {
            context: caller.with_span(span),
            polls: AtomicU64::new(0),
            busy_nanos: AtomicU64::new(0),
        }
    }

    /// What is known at the end.
    fn tell(&self, outcome: Outcome) {
        let span = self.context.span();
        let polls = self.polls.load(Ordering::Relaxed);
        let busy = self.busy_nanos.load(Ordering::Relaxed);
        span.set_attribute(KeyValue::new(attribute::STATE, outcome.state().as_str()));
        span.set_attribute(KeyValue::new(
            attribute::POLLS,
            i64::try_from(polls).unwrap_or(i64::MAX),
        ));
        span.set_attribute(KeyValue::new(attribute::BUSY, busy as f64 / 1e9));
        let error_type = outcome.error_type();
        if let Some(error_type) = error_type {
            span.set_attribute(KeyValue::new(attribute::ERROR_TYPE, error_type));
        }
        match outcome.state() {
            State::Exception | State::Timeout => {
                let what = error_type.unwrap_or(outcome.state().as_str());
                let event = vec![
                    KeyValue::new("exception.type", what),
                    KeyValue::new("exception.message", message(outcome)),
                ];
                span.add_event("exception", event);
                span.set_status(Status::error(what));
            }
            _ => {}
        }
    }
}

impl Carried for Spanned {
    fn enter(&self, run: &mut dyn FnMut()) {
        /// Also when `run` panics.
        struct Run<'s>(&'s Spanned, Instant);

        impl Drop for Run<'_> {
            fn drop(&mut self) {
                let nanos = u64::try_from(self.1.elapsed().as_nanos()).unwrap_or(u64::MAX);
                self.0.polls.fetch_add(1, Ordering::Relaxed);
                self.0.busy_nanos.fetch_add(nanos, Ordering::Relaxed);
            }
        }

        let _current = self.context.clone().attach();
        let _run = Run(self, Instant::now());
        run();
    }

    fn end(&self, outcome: Outcome) {
        let span = self.context.span();
        if span.is_recording() {
            self.tell(outcome);
        }
        span.end();
    }
}

/// As Python's instrumentation calls it.
fn name(process: &Submission<'_>) -> String {
    match (process.kind(), process.name()) {
        (Kind::Coroutine, Some(name)) => format!("asyncio coro-{name}"),
        (Kind::ToThread, Some(name)) => format!("asyncio to_thread-{name}"),
        _ => "asyncio future".to_owned(),
    }
}

fn attributes(process: &Submission<'_>) -> Vec<KeyValue> {
    let at = process.location();
    let mut attributes = vec![
        KeyValue::new(attribute::TYPE, process.kind().as_str()),
        KeyValue::new(attribute::RUNTIME, process.runtime()),
        KeyValue::new("code.function.name", process.type_name()),
        KeyValue::new("code.file.path", at.file()),
        KeyValue::new("code.line.number", i64::from(at.line())),
    ];
    attributes.extend(process.name().map(|name| KeyValue::new(attribute::NAME, name.to_owned())));
    attributes
}

/// What can be said of it without the error itself, which belongs to the program.
fn message(outcome: Outcome) -> &'static str {
    match (outcome.state(), outcome.error_type()) {
        (State::Timeout, _) => "its deadline has elapsed",
        (_, Some("panic")) => "it panicked",
        _ => "it returned an error",
    }
}
