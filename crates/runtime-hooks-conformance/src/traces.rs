//! OpenTelemetry in cases: the current context, and the spans that are exported.

use std::sync::Arc;

use futures_lite::future::yield_now;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId, Tracer, TracerProvider};
use opentelemetry::{Context, ContextGuard, KeyValue, Value};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, Sampler, SdkTracer, SdkTracerProvider, SpanData,
};
use runtime_hooks_core::{Config, Detail, ManualClock, TraceNames};
use runtime_hooks_otel::ContextTracer;

use crate::harness::Harness;
use crate::stage::Stage;

/// The parts of the current context that cases compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    user: Option<String>,
    is_suppressed: bool,
}

impl Seen {
    pub(crate) fn here() -> Self {
        Context::map_current(|context| {
            let span = context.span().span_context().clone();
            Self {
                trace: span.trace_id(),
                span: span.span_id(),
                user: context.baggage().get("user").map(ToString::to_string),
                is_suppressed: context.is_telemetry_suppressed(),
            }
        })
    }

    /// The values without a context.
    pub(crate) fn nothing() -> Self {
        let (trace, span) = (TraceId::INVALID, SpanId::INVALID);
        Self { trace, span, user: None, is_suppressed: false }
    }

    /// The values in a context whose baggage has this user.
    pub(crate) fn user(user: &str) -> Self {
        Self { user: Some(user.to_owned()), ..Self::nothing() }
    }

    /// The values in a context that suppresses telemetry.
    pub(crate) fn suppressed() -> Self {
        Self { is_suppressed: true, ..Self::nothing() }
    }
}

/// Returns the current context, and checks that it is the same after a wait.
pub(crate) async fn look() -> Seen {
    let before = Seen::here();
    yield_now().await;
    assert_eq!(Seen::here(), before, "after a wait");
    before
}

/// Returns the current context of a closure.
pub(crate) fn look_blocking() -> Seen {
    Seen::here()
}

/// Enters a context that has only this baggage.
pub(crate) fn with_user(user: &'static str) -> ContextGuard {
    Context::new().with_baggage([KeyValue::new("user", user)]).attach()
}

/// The spans of one case.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Traces {
    /// A stage on which context is carried and these names are traced.
    pub(crate) fn on_stage<H: Harness>(names: TraceNames) -> (Stage<H>, Self) {
        Self::configured(Sampler::AlwaysOn, Config::new().detail(Detail::Counts).trace(names))
    }

    pub(crate) fn configured<H: Harness>(sampler: Sampler, config: Config) -> (Stage<H>, Self) {
        Self::with_tracer(sampler, config, |tracer| tracer)
    }

    /// A stage whose tracer is changed by `change`.
    pub(crate) fn with_tracer<H: Harness>(
        sampler: Sampler,
        config: Config,
        change: impl FnOnce(ContextTracer) -> ContextTracer,
    ) -> (Stage<H>, Self) {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_simple_exporter(exporter.clone())
            .build();
        let config = config.tracer(Arc::new(change(ContextTracer::of(&provider))));
        (Stage::with(ManualClock::new(), config), Self { provider, exporter })
    }

    /// Enters a context that has only a new span, until the guard is dropped.
    pub(crate) fn in_span(&self, name: &'static str) -> (Seen, ContextGuard) {
        let span = self.provider.tracer("case").start_with_context(name, &Context::new());
        let guard = Context::new().with_span(span).attach();
        (Seen::here(), guard)
    }

    /// The tracer of spans of the case, for tasks that outlive the borrow.
    pub(crate) fn tracer(&self) -> SdkTracer {
        self.provider.tracer("case")
    }

    /// The spans that have ended.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap()
    }

    /// Waits until this many spans have ended: the span of a task that is not awaited ends a moment after the task. If they
    /// never end, the case times out.
    pub(crate) fn wait_for<H: Harness>(&self, stage: &Stage<H>, count: usize) {
        stage.play(async {
            while stage.snapshot().active() > 0 || self.spans().len() < count {
                yield_now().await;
            }
        });
    }

    /// The ended span with this name.
    pub(crate) fn span(&self, name: &str) -> SpanData {
        let mut spans = self.spans();
        spans.retain(|span| span.name == name);
        assert_eq!(spans.len(), 1, "{name:?} in {:?}", self.spans());
        spans.remove(0)
    }
}

/// Selects every name.
pub(crate) fn every_name() -> TraceNames {
    TraceNames::none().coroutines("*").to_thread("*").futures(true)
}

/// The trace id, the span id and the parent's span id.
pub(crate) fn place(span: &SpanData) -> (TraceId, SpanId, SpanId) {
    (span.span_context.trace_id(), span.span_context.span_id(), span.parent_span_id)
}

pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.clone())
}
