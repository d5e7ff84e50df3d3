//! The process-wide subscriber: it stores each event with its span and each closed span, sends spans to OpenTelemetry, and
//! events to its logs.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, Once, OnceLock};

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::field::{Field, Visit};
use tracing::span::Id;
use tracing::{Event, Subscriber};
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
static CLOSED: Mutex<Vec<Id>> = Mutex::new(Vec::new());

/// The events in exactly the span with this id, in their order.
pub(crate) fn lines_of(span: &Id) -> Vec<Line> {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|line| line.span.as_ref() == Some(span)).cloned().collect()
}

/// Whether the span with this id has been closed.
pub(crate) fn is_closed(id: &Id) -> bool {
    CLOSED.lock().unwrap().contains(id)
}

struct Store;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Store {
    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let span = cx.event_span(event).map(|span| span.id());
        let mut line = Line { span, ..Line::default() };
        event.record(&mut line);
        LINES.lock().unwrap().push(line);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        CLOSED.lock().unwrap().push(id);
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

fn log_exporter() -> &'static InMemoryLogExporter {
    static EXPORTER: OnceLock<InMemoryLogExporter> = OnceLock::new();
    EXPORTER.get_or_init(InMemoryLogExporter::default)
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

/// The span ids of the log records of this trace that OpenTelemetry's log appender has exported.
pub(crate) fn logged_in(trace: TraceId) -> Vec<SpanId> {
    let logs = log_exporter().get_emitted_logs().unwrap();
    let contexts = logs.iter().filter_map(|log| log.record.trace_context());
    contexts.filter(|of| of.trace_id == trace).map(|of| of.span_id).collect()
}

/// Sets the subscriber for the whole process, since worker threads have no other.
pub(crate) fn subscribe(with_context_activation: bool) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let opentelemetry = tracing_opentelemetry::layer()
            .with_tracer(provider().tracer("test"))
            .with_context_activation(with_context_activation);
        let logs =
            SdkLoggerProvider::builder().with_simple_exporter(log_exporter().clone()).build();
        let logs = OpenTelemetryTracingBridge::new(&logs);
        let subscriber = tracing_subscriber::registry().with(Store).with(opentelemetry).with(logs);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}
