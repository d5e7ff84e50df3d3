//! A console's findings in an OpenTelemetry pipeline. A separate test binary, since it sets the global meter
//! provider.
#![cfg(all(feature = "console", feature = "otel", feature = "smol"))]

use std::time::{Duration, Instant};

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use runtime_hooks::{Console, RuntimeHooksExt, Smol};

/// Seconds by lint and name, in the last export.
fn exported(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> Vec<(String, u64)> {
    provider.force_flush().unwrap();
    let exports = exporter.get_finished_metrics().unwrap();
    let Some(last) = exports.last() else { return Vec::new() };
    let metrics = last.scope_metrics().flat_map(|scope| scope.metrics());
    let lints = metrics.filter(|metric| metric.name() == "asyncio.lint.count");
    let mut found = Vec::new();
    for metric in lints {
        assert_eq!(metric.unit(), "{second}");
        let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else {
            panic!("{metric:?}")
        };
        found.extend(sum.data_points().map(|point| {
            let mut of: Vec<_> =
                point.attributes().map(|a| format!("{}={}", a.key, a.value)).collect();
            of.sort();
            (of.join(" "), point.value())
        }));
    }
    found
}

fn pipeline() -> (SdkMeterProvider, InMemoryMetricExporter) {
    let exporter = InMemoryMetricExporter::default();
    (SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build(), exporter)
}

#[test]
fn findings_of_a_console_are_exported_to_the_current_provider() {
    let (provider, exporter) = pipeline();
    opentelemetry::global::set_meter_provider(provider.clone());
    let hooks = runtime_hooks::instrument();
    let console = Console::builder().address("127.0.0.1:0".parse().unwrap()).serve().unwrap();
    hooks.export_lints(&console);

    let buffer = [0_u8; 16 << 10];
    let large = async move {
        std::future::pending::<()>().await;
        std::hint::black_box(&buffer);
    };
    let _task = Smol.named("large").spawn(large);
    let expected = "async.runtime.name=smol lint=large_future name=large type=coroutine";
    let start = Instant::now();
    let of_large = |found: Vec<(String, u64)>| found.into_iter().find(|(of, _)| of == expected);
    while of_large(exported(&provider, &exporter)).is_none() {
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", console.lint_seconds());
        std::thread::yield_now();
    }

    let (other, exported_there) = pipeline();
    hooks.reconnect(&other);
    let (_, seconds) = of_large(exported(&other, &exported_there)).unwrap();
    assert!(seconds > 0);
    exporter.reset();
    assert_eq!(exported(&provider, &exporter), [], "nothing is exported to the previous provider");
    console.stop();
}
