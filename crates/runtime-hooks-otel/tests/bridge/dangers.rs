//! Deadlocks, panics and leaks between a recorder and a pipeline do not occur.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use runtime_hooks_core::{Kind, Outcome, Recorder, RuntimeGauges};
use runtime_hooks_otel::MetricsBridge;

use crate::{collect, exporter, provider, record};

const DURATION: &str = "asyncio.process.duration";

/// An instrument built inside a callback, or under a lock that a callback takes, would deadlock.
#[test]
fn connecting_and_collecting_at_once_do_not_wait_for_each_other() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..50 {
                // New series are added during collections: their attributes are made in the callback.
                let took = Duration::from_micros(1);
                recorder.record(Kind::Coroutine, format!("s{n}"), "tokio", Outcome::FINISHED, took);
                bridge.reconnect(&provider);
                bridge.drain();
            }
            done.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                provider.force_flush().unwrap();
            }
        });
    });
    assert_eq!(collect(&provider, &exporter).number("asyncio.process.count"), Some(50.0));
}

/// A panic that leaves a callback would poison the pipeline. A panic in a source of gauges loses no task.
#[test]
fn a_panic_while_collecting_is_caught_and_loses_nothing() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    let is_broken = Arc::new(AtomicBool::new(true));
    let breaks = Arc::clone(&is_broken);
    let watch = recorder.watch("tokio", move || {
        assert!(!breaks.load(Ordering::Relaxed), "a runtime that cannot be asked");
        RuntimeGauges::default()
    });
    MetricsBridge::builder(&recorder).connect(&provider);
    record(&recorder, 5);
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 1);
    is_broken.store(false, Ordering::Relaxed);
    record(&recorder, 5);
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 2);
    drop(watch);
}

/// If the bridge kept a `Meter` or provider, the provider's exporters would never be dropped.
#[test]
fn a_provider_that_is_dropped_is_gone() {
    #[derive(Debug)]
    struct Flag(Arc<AtomicBool>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    impl PushMetricExporter for Flag {
        async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
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
    let dropped = Arc::new(AtomicBool::new(false));
    let exporter = Flag(Arc::clone(&dropped));
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
    let recorder = Recorder::new();
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    record(&recorder, 5);
    provider.force_flush().unwrap();
    drop(bridge);
    drop(provider);
    // The exporter is dropped when the reader's thread ends, a moment later.
    let start = std::time::Instant::now();
    while !dropped.load(Ordering::Relaxed) {
        assert!(start.elapsed().as_secs() < 60, "something keeps the provider");
        thread::yield_now();
    }
}

#[test]
fn an_empty_recorder_exports_nothing() {
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    MetricsBridge::builder(&Recorder::new()).connect(&provider);
    let exported = collect(&provider, &exporter);
    assert_eq!((exported.histograms.len(), exported.numbers.len()), (0, 0));
}
