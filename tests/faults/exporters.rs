//! Exporters that hang, and exporters that panic.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider, Temporality,
};
use runtime_hooks::{MetricsBridge, RuntimeHooksExt, TokioRuntime};

use crate::{counts, observed};

/// Says that it is called, and then does what it is told.
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

/// A thousand tasks are recorded while the exporter fails, and a better one gets them all.
fn tasks_go_on_and_a_better_exporter_has_all(fails: impl Fn() + Send + Sync + 'static) {
    let runtime = TokioRuntime::multi_thread().unwrap();
    let (tokio, instrumentor) = observed(&*runtime);
    let (called, is_called): (_, Receiver<()>) = channel();
    let exporter = PeriodicReader::builder(Fails(called, fails));
    let exporter = exporter.with_interval(Duration::from_millis(1)).build();
    let failing = SdkMeterProvider::builder().with_reader(exporter).build();
    let bridge = MetricsBridge::builder(&instrumentor.recorder())
        .pre_drain(Duration::from_millis(1))
        .connect(&failing);
    runtime.block_on(tokio.task("before").spawn(async {})).unwrap();
    is_called.recv().unwrap();
    for _ in 0..1_000 {
        runtime.block_on(tokio.task("meanwhile").spawn(async {})).unwrap();
    }
    assert_eq!(counts(&instrumentor, "meanwhile"), (1_000, 0, [1_000, 0, 0, 0]));
    let better = InMemoryMetricExporter::default();
    let working = SdkMeterProvider::builder().with_periodic_exporter(better.clone()).build();
    bridge.reconnect(&working);
    working.force_flush().unwrap();
    let exported = format!("{:?}", better.get_finished_metrics().unwrap());
    assert!(exported.contains("asyncio.process.count") && exported.contains("1000"), "{exported}");
    // Its thread hangs, or is gone: no word from it can be waited for.
    std::mem::forget(failing);
}

#[test]
fn an_exporter_that_hangs_holds_nobody_up() {
    let (_never, hang) = channel::<()>();
    let hang = Arc::new(Mutex::new(hang));
    tasks_go_on_and_a_better_exporter_has_all(move || {
        let _ = hang.lock().unwrap().recv();
    });
}

#[test]
fn an_exporter_that_panics_takes_nobody_along() {
    tasks_go_on_and_a_better_exporter_has_all(|| panic!("in an exporter"));
}
