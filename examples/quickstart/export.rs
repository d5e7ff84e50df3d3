//! Export over OTLP if the environment configures it: an ordinary pipeline of the OpenTelemetry SDK.

use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::metrics::SdkMeterProvider;

/// Creates a pipeline to the collector in `OTEL_EXPORTER_OTLP_ENDPOINT` and makes it global.
pub(crate) fn start() -> Result<Option<SdkMeterProvider>, String> {
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_none_or(|endpoint| endpoint.is_empty()) {
        return Ok(None);
    }
    let exporter = MetricExporter::builder().with_http().build();
    let exporter = exporter.map_err(|error| format!("cannot export over OTLP: {error}"))?;
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
    opentelemetry::global::set_meter_provider(provider.clone());
    Ok(Some(provider))
}

/// Exports what is not exported yet.
pub(crate) fn finish(pipeline: Option<SdkMeterProvider>) -> Result<(), String> {
    let Some(provider) = pipeline else { return Ok(()) };
    provider.shutdown().map_err(|error| format!("could not export everything: {error}"))
}
