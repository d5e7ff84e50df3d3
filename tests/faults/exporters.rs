//! Exporters that hang, and exporters that panic.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider, Temporality,
};
use runtime_hooks::{MetricsBridge, RuntimeHooksExt, TokioRuntime};

use crate::{counts, instrumented};

/// Sends a message when it is called, then runs the closure.
struct Fails<F>(Sender<()>, F);

impl<F> fmt::Debug for Fails<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fails")
    }
}

impl<F: Fn() + Send + Sync + 'static> PushMetricExporter for Fails<F> {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        let _ = self.0.send(());
        (self.1)();
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

/// A thousand tasks are recorded while the exporter fails, and a working exporter gets all of them.
fn tasks_go_on_and_a_better_exporter_has_all(fails: impl Fn() + Send + Sync + 'static) {
    let runtime = TokioRuntime::multi_thread().unwrap();
    let (tokio, instrumentor) = instrumented(runtime.handle());
    let (called, is_called): (_, Receiver<()>) = channel();
    let exporter = PeriodicReader::builder(Fails(called, fails));
    let exporter = exporter.with_interval(Duration::from_millis(1)).build();
    let failing = SdkMeterProvider::builder().with_reader(exporter).build();
    let bridge = MetricsBridge::builder(&instrumentor.recorder())
        .pre_drain(Duration::from_millis(1))
        .connect(&failing);
    runtime.block_on(tokio.named("before").spawn(async {})).unwrap();
    is_called.recv().unwrap();
    for _ in 0..1_000 {
        runtime.block_on(tokio.named("meanwhile").spawn(async {})).unwrap();
    }
    assert_eq!(counts(&instrumentor, "meanwhile"), (1_000, 0, [1_000, 0, 0, 0]));
    let better = InMemoryMetricExporter::default();
    let working = SdkMeterProvider::builder().with_periodic_exporter(better.clone()).build();
    bridge.reconnect(&working);
    working.force_flush().unwrap();
    assert_eq!(ended(&better), [("before".to_owned(), 1), ("meanwhile".to_owned(), 1_000)]);
    // Its thread hangs or has ended, so dropping it would block.
    std::mem::forget(failing);
}

/// The last exported values of `asyncio.process.count`, by name.
fn ended(exporter: &InMemoryMetricExporter) -> Vec<(String, u64)> {
    let exported = exporter.get_finished_metrics().unwrap();
    let scopes = exported.last().unwrap().scope_metrics();
    let mut metrics = scopes.flat_map(|scope| scope.metrics());
    let count = metrics.find(|metric| metric.name() == "asyncio.process.count").unwrap();
    let AggregatedMetrics::U64(MetricData::Sum(sum)) = count.data() else { panic!("{count:?}") };
    let points = sum.data_points().map(|point| {
        let name = point.attributes().find(|attribute| attribute.key.as_str() == "name").unwrap();
        (name.value.to_string(), point.value())
    });
    let mut ended: Vec<_> = points.collect();
    ended.sort();
    ended
}

#[test]
fn an_exporter_that_hangs_blocks_no_task() {
    let (_never, hang) = channel::<()>();
    let hang = Arc::new(Mutex::new(hang));
    tasks_go_on_and_a_better_exporter_has_all(move || {
        let _ = hang.lock().unwrap().recv();
    });
}

#[test]
fn an_exporter_that_panics_harms_nothing_else() {
    tasks_go_on_and_a_better_exporter_has_all(|| panic!("in an exporter"));
}
