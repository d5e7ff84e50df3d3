//! The bridge with the real SDK: each pipeline gets each value once.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "small whole numbers"
)]

mod dangers;
mod exported;
mod finish;
mod temporality;
mod values;
mod views;

use std::time::Duration;

use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, InMemoryMetricExporterBuilder, SdkMeterProvider, Temporality,
};
use runtime_hooks_core::{Kind, Outcome, Recorder};

use exported::Exported;

/// Records a finished task of this many microseconds.
fn record(recorder: &Recorder, micros: u64) {
    let took = Duration::from_micros(micros);
    recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::FINISHED, took);
}

fn exporter(temporality: Temporality) -> InMemoryMetricExporter {
    InMemoryMetricExporterBuilder::new().with_temporality(temporality).build()
}

fn provider(exporter: &InMemoryMetricExporter) -> SdkMeterProvider {
    SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build()
}

/// Collects, and returns what this collection exported.
fn collect(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> Exported {
    exporter.reset();
    provider.force_flush().expect("flush");
    Exported::of(exporter)
}
