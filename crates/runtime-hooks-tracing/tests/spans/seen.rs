//! The process-wide subscriber: it stores every event with its span, and sends spans to OpenTelemetry.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, Once, OnceLock};

use opentelemetry::trace::{TraceId, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::field::{Field, Visit};
use tracing::span::Id;
use tracing::{Event, Span, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// An event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    span: Option<Id>,
    pub(crate) text: String,
    pub(crate) fields: HashMap<&'static str, String>,
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// The events in exactly this span, in their order.
pub(crate) fn lines_of(span: &Span) -> Vec<Line> {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|line| line.span == span.id()).cloned().collect()
}

struct StoreEvents;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for StoreEvents {
    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let span = cx.event_span(event).map(|span| span.id());
        let mut line = Line { span, ..Line::default() };
        event.record(&mut line);
        LINES.lock().unwrap().push(line);
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "line" | "message" => self.text = format!("{value:?}"),
            name => drop(self.fields.insert(name, format!("{value:?}"))),
        }
    }
}

fn exporter() -> &'static InMemorySpanExporter {
    static EXPORTER: OnceLock<InMemorySpanExporter> = OnceLock::new();
    EXPORTER.get_or_init(InMemorySpanExporter::default)
}

/// The provider of `tracing-opentelemetry` and of our spans.
pub(crate) fn provider() -> SdkTracerProvider {
    static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();
    let exporting =
        || SdkTracerProvider::builder().with_simple_exporter(exporter().clone()).build();
    PROVIDER.get_or_init(exporting).clone()
}

/// The ended spans of this trace, in the order of their ends.
pub(crate) fn finished(trace: TraceId) -> Vec<SpanData> {
    let mut spans = exporter().get_finished_spans().unwrap();
    spans.retain(|span| span.span_context.trace_id() == trace);
    spans
}

/// The span with this name.
pub(crate) fn span<'s>(spans: &'s [SpanData], name: &str) -> &'s SpanData {
    spans.iter().find(|span| span.name == name).unwrap()
}

/// Set for the whole process, since worker threads have no other subscriber.
pub(crate) fn subscribe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let opentelemetry = tracing_opentelemetry::layer().with_tracer(provider().tracer("test"));
        let subscriber = tracing_subscriber::registry().with(StoreEvents).with(opentelemetry);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}
