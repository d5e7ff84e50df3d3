//! The tracer that carries OpenTelemetry's context with each task.

use std::fmt;
use std::sync::{Arc, OnceLock};

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::{Context, InstrumentationScope};
use runtime_hooks_core::{Method, Submission, TaskContext, Tracer};

use super::carried::{Values, with_ids_only};
use super::within::{Stays, UnlessCurrent, Within, WithinLive};
use super::{current, span};

/// Carries the ids of the caller's span with each spawned task and each closure, so that a trace never breaks at a
/// spawn: the spans that start in the task are children of the caller's span, on any thread, also after that span has
/// ended. The caller's baggage and suppression of telemetry are carried too.
///
/// The caller's span itself is not carried. It ends when its owner ends or drops it, and never later because of a task
/// that it spawned. So attributes that a spawned task sets on "the current span" go nowhere. Give such a task a span of
/// its own, by name or with `#[tracing::instrument]`, or carry the live span: [`live`](Self::live).
///
/// What the caller polls itself (`timeout`, `gather` and [so on](Submission::is_in_place)) runs in the context that is
/// current when it is polled, as it does without a tracer: with the live span. Only where no context is current, it
/// runs in what it carries. A future of `instrument` runs in what it carries, unless its caller's context is current.
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
    /// `None` for OpenTelemetry's current context.
    caller: Option<fn() -> Context>,
    values: Values,
    is_live: bool,
}

impl ContextTracer {
    /// Spans go to OpenTelemetry's global tracer provider, whichever it is when they start.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spans go to this provider.
    pub fn of(provider: &dyn ObjectSafeTracerProvider) -> Self {
        let tracer = BoxedTracer::new(provider.boxed_tracer(scope().clone()));
        Self { tracer: Some(Arc::new(tracer)), ..Self::default() }
    }

    /// Every task carries the caller's live span instead of its ids, so that it can set attributes on it. A span that is
    /// ended by its drop then stays open until the last task that carries it ends, however long its owner is gone. To do
    /// this for some names only, use [`TraceNames::live`](runtime_hooks_core::TraceNames::live).
    #[must_use = "returns the changed tracer"]
    pub fn live(mut self) -> Self {
        self.is_live = true;
        self
    }

    /// A context that has a value of this type is carried too, also where it has no span, no baggage and no
    /// suppression. OpenTelemetry reports only whether a context has a value of a given type.
    #[must_use = "returns the changed tracer"]
    pub fn with_value<T: Send + Sync + 'static>(mut self) -> Self {
        self.values.push::<T>();
        self
    }

    /// Takes the caller's context from `caller` instead of [`Context::current`]: for a `tracing-opentelemetry` layer
    /// whose context activation is off. It is called on the submitting thread. Baggage and suppression of the current
    /// context are added.
    ///
    /// ```
    /// use runtime_hooks_otel::ContextTracer;
    /// use tracing_opentelemetry::OpenTelemetrySpanExt;
    ///
    /// let tracer = ContextTracer::new().caller(|| tracing::Span::current().context());
    /// # drop(tracer);
    /// ```
    #[must_use = "returns the changed tracer"]
    pub fn caller(mut self, caller: fn() -> Context) -> Self {
        self.caller = Some(caller);
        self
    }

    fn start_span(&self, submission: &Submission<'_>) -> Arc<dyn TaskContext> {
        let caller = self.caller.map_or_else(Context::current, asked);
        match &self.tracer {
            Some(tracer) => span::start(tracer, &caller, submission),
            None => span::start(&global::tracer_with_scope(scope().clone()), &caller, submission),
        }
    }

    /// The context of a task without a span; `None` if its caller has nothing to carry.
    fn carry(
        &self,
        submission: &Submission<'_>,
        stays: Option<Stays>,
    ) -> Option<Arc<dyn TaskContext>> {
        let carry = |caller: &Context| {
            if !self.values.has_any(caller) {
                return None;
            }
            // Boxed here: a context that is returned is copied, also where there is none.
            Some(if self.is_live || submission.carries_live_span() {
                self.boxed(WithinLive::new(caller.clone()), with_ids_only(caller), stays)
            } else {
                let ids = with_ids_only(caller);
                self.boxed(Within::new(ids.clone()), ids, stays)
            })
        };
        match self.caller {
            None => Context::map_current(carry),
            Some(caller) => carry(&asked(caller)),
        }
    }

    #[inline]
    fn boxed(
        &self,
        carried: impl TaskContext,
        ids: Context,
        stays: Option<Stays>,
    ) -> Arc<dyn TaskContext> {
        match stays {
            None => Arc::new(carried),
            Some(stays) => {
                Arc::new(UnlessCurrent { carried, ids, values: self.values.clone(), stays })
            }
        }
    }
}

/// The caller's context as the program knows it, with the baggage and the suppression of the current one.
fn asked(caller: fn() -> Context) -> Context {
    let caller = caller();
    Context::map_current(|current| {
        let mut merged = caller;
        if merged.baggage().is_empty() && !current.baggage().is_empty() {
            let baggage = current.baggage().iter();
            let baggage = baggage.map(|(key, value)| (key.clone(), value.clone()));
            merged = merged.with_baggage(baggage.collect::<Baggage>());
        }
        if current.is_telemetry_suppressed() { merged.with_telemetry_suppressed() } else { merged }
    })
}

impl Tracer for ContextTracer {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        if !current::is_there() {
            return None;
        }
        if submission.is_traced() && !Context::is_current_telemetry_suppressed() {
            return Some(self.start_span(submission));
        }
        let stays = match submission.method() {
            // It runs on the caller's thread while the caller waits, so it is in the caller's context already.
            Method::BlockOn => return None,
            Method::Instrument => Some(Stays::Same),
            _ if submission.is_in_place() => Some(Stays::Any),
            _ => None,
        };
        self.carry(submission, stays)
    }
}

impl fmt::Debug for ContextTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextTracer")
            .field("is_global", &self.tracer.is_none())
            .field("is_live", &self.is_live)
            .finish_non_exhaustive()
    }
}

/// The version of the semantic conventions from which the names of attributes and events are.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.42.0";

fn scope() -> &'static InstrumentationScope {
    static SCOPE: OnceLock<InstrumentationScope> = OnceLock::new();
    SCOPE.get_or_init(|| {
        let scope = InstrumentationScope::builder("runtime-hooks");
        scope.with_version(env!("CARGO_PKG_VERSION")).with_schema_url(SCHEMA_URL).build()
    })
}
