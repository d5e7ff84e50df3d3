//! Metrics and traces over OTLP: an ordinary pipeline, configured by OpenTelemetry's environment variables.

use std::error::Error;

use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use runtime_hooks::{Config, TraceNames};
use tokio::runtime::Runtime;

/// The pipeline, with the runtime for its gRPC exporters.
pub struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    _runtime: Runtime,
}

impl Telemetry {
    /// Sets the global providers and switches runtime-hooks on. Call it first in `main`.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let is_grpc = std::env::var("OTEL_EXPORTER_OTLP_PROTOCOL").is_ok_and(|p| p == "grpc");
        let (spans, metrics) = {
            let _entered = runtime.enter();
            if is_grpc {
                (
                    SpanExporter::builder().with_tonic().build()?,
                    MetricExporter::builder().with_tonic().build()?,
                )
            } else {
                (
                    SpanExporter::builder().with_http().build()?,
                    MetricExporter::builder().with_http().build()?,
                )
            }
        };
        let traces = SdkTracerProvider::builder().with_batch_exporter(spans).build();
        let metrics = SdkMeterProvider::builder().with_periodic_exporter(metrics).build();
        opentelemetry::global::set_tracer_provider(traces.clone());
        opentelemetry::global::set_meter_provider(metrics.clone());
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());

        // Functions with these names get a span each; all other tasks carry their caller's context.
        let names =
            TraceNames::none().coroutines("price, taxed, stock_of, recommend").to_thread("*");
        let hooks = runtime_hooks::instrument_with(Config::from_env().trace(names));
        assert!(hooks.is_first(), "recording was on before");
        Ok(Self { traces, metrics, _runtime: runtime })
    }

    /// Exports what is not exported yet.
    pub fn finish(self) -> Result<(), Box<dyn Error>> {
        self.traces.shutdown()?;
        self.metrics.shutdown()?;
        Ok(())
    }
}
