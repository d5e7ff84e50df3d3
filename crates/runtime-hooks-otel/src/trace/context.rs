//! The tracer that carries OpenTelemetry's context with each task.

use std::fmt;
use std::sync::{Arc, OnceLock};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, InstrumentationScope};
use runtime_hooks_core::{Method, Submission, TaskContext, Tracer};

use super::within::Within;
use super::{current, span};

/// Carries the caller's OpenTelemetry [`Context`] (its span, baggage, suppression) with each task. It is the current
/// context while the task runs, on any thread, so that a trace never breaks at a spawn.
///
/// A task whose name [the settings](runtime_hooks_core::TraceNames) select has a span, from its submission to its
/// end. The caller's span is its parent, and it is the parent of the spans that start in the task.
///
/// Pass it to [`Config::tracer`](runtime_hooks_core::Config::tracer); the facade's `instrument()` does.
/// If the caller has no context to carry, a task costs one additional read of the thread's context.
///
/// ```
/// use std::sync::Arc;
///
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use runtime_hooks_core::{Config, TraceNames};
/// use runtime_hooks_otel::ContextTracer;
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// let tracer = ContextTracer::of(&provider);
/// let config = Config::new().trace(TraceNames::none().coroutines("fetch")).tracer(Arc::new(tracer));
/// # drop(config);
/// ```
#[derive(Clone, Default)]
pub struct ContextTracer {
    /// `None` for the tracer of the global provider.
    tracer: Option<Arc<BoxedTracer>>,
    /// Each returns whether a context has a value of one of the program's types.
    values: Vec<fn(&Context) -> bool>,
}

impl ContextTracer {
    /// Spans go to OpenTelemetry's global tracer provider, whichever it is when they start.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spans go to this provider.
    pub fn of(provider: &dyn ObjectSafeTracerProvider) -> Self {
        let tracer = BoxedTracer::new(provider.boxed_tracer(scope().clone()));
        Self { tracer: Some(Arc::new(tracer)), values: Vec::new() }
    }

    /// A context that has a value of this type is carried too, also where it has no span, no baggage and no
    /// suppression. OpenTelemetry reports only whether a context has a value of a given type.
    #[must_use = "returns the changed tracer"]
    pub fn with_value<T: Send + Sync + 'static>(mut self) -> Self {
        self.values.push(|caller| caller.get::<T>().is_some());
        self
    }

    /// Whether the context has anything to carry.
    fn is_worth(&self, caller: &Context) -> bool {
        caller.has_active_span()
            || caller.is_telemetry_suppressed()
            || !caller.baggage().is_empty()
            || self.values.iter().any(|is_in| is_in(caller))
    }
}

impl Tracer for ContextTracer {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        if !current::is_there() {
            return None;
        }
        if submission.is_traced() && !Context::is_current_telemetry_suppressed() {
            return Some(match &self.tracer {
                Some(tracer) => span::start(tracer, submission),
                None => span::start(&global::tracer_with_scope(scope().clone()), submission),
            });
        }
        if submission.method() == Method::BlockOn {
            // It runs on the caller's thread while the caller waits, so it is in the caller's context already.
            return None;
        }
        let caller = Context::map_current(|caller| self.is_worth(caller).then(|| caller.clone()))?;
        Some(Arc::new(Within::new(caller)))
    }
}

impl fmt::Debug for ContextTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextTracer")
            .field("is_global", &self.tracer.is_none())
            .finish_non_exhaustive()
    }
}

fn scope() -> &'static InstrumentationScope {
    static SCOPE: OnceLock<InstrumentationScope> = OnceLock::new();
    SCOPE.get_or_init(|| {
        let scope = InstrumentationScope::builder("runtime-hooks");
        scope.with_version(env!("CARGO_PKG_VERSION")).build()
    })
}
