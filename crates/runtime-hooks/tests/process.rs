//! `instrument()` and its process-wide state, in a separate test binary.
#![cfg(all(feature = "tokio", feature = "smol", feature = "async-std", feature = "otel"))]

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use runtime_hooks::{AsyncStd, Instrumentor, RuntimeHooksExt, Smol, TokioRuntime};

async fn job() -> u32 {
    1
}

/// The metric's value in the last export, over all of its series.
fn exported(exporter: &InMemoryMetricExporter, name: &str) -> u64 {
    let exports = exporter.get_finished_metrics().unwrap();
    let last = exports.last().expect("an export");
    let metrics = last.scope_metrics().flat_map(|scope| scope.metrics());
    let points = metrics.filter(|metric| metric.name() == name);
    let points = points.map(|metric| -> u64 {
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                sum.data_points().map(|point| point.value()).sum()
            }
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|point| point.count()).sum()
            }
            other => panic!("{name} is {other:?}"),
        }
    });
    points.sum()
}

#[test]
fn instrument_records_every_runtime_in_one_recorder_and_exports_it() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    opentelemetry::global::set_meter_provider(provider.clone());

    // Nothing is recorded before `instrument`.
    Smol.block_on(job());
    let hooks = runtime_hooks::instrument();
    assert!(hooks.is_first());
    assert!(!runtime_hooks::instrument().is_first());
    assert_eq!(hooks.snapshot().series, []);

    let tokio = TokioRuntime::multi_thread().unwrap();
    tokio.block_on(async { tokio.handle().spawn(job()).await.unwrap() });
    Smol.block_on(async { Smol.spawn(job()).await.unwrap() });
    AsyncStd.block_on(async { AsyncStd.spawn(job()).await.unwrap() });

    let snapshot = hooks.snapshot();
    let jobs = snapshot.series.iter().filter(|series| series.key.name() == Some("job"));
    let jobs: Vec<_> = jobs.map(|series| (series.key.runtime(), series.ended())).collect();
    assert_eq!(jobs, [("tokio", 1), ("smol", 1), ("async-std", 1)]);
    assert_eq!(snapshot.runtimes[0].name, "tokio");

    // Three jobs, and the three blocks around them.
    provider.force_flush().unwrap();
    assert_eq!(exported(&exporter, "asyncio.process.count"), 6);
    assert_eq!(exported(&exporter, "asyncio.process.duration"), 6);

    assert!(hooks.uninstall());
    Smol.block_on(async { Smol.spawn(job()).await.unwrap() });
    assert_eq!(hooks.snapshot().spawned(), 6);

    // Recording is on again, and nothing is exported twice.
    assert!(runtime_hooks::instrument().is_first());
    Smol.block_on(job());
    assert_eq!(Instrumentor::global().recorder().snapshot().spawned(), 7);
    provider.force_flush().unwrap();
    assert_eq!(exported(&exporter, "asyncio.process.count"), 7);
    assert_eq!(exported(&exporter, "asyncio.process.duration"), 7);
}
