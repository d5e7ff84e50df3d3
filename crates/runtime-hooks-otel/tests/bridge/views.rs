//! Views apply to the exported histograms.

use opentelemetry::Key;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, SdkMeterProvider, Stream, Temporality};
use runtime_hooks_core::Recorder;
use runtime_hooks_otel::MetricsBridge;

use crate::{collect, exporter, record};

const DURATION: &str = "asyncio.process.duration";

fn stream(aggregation: Aggregation) -> Option<Stream> {
    Stream::builder().with_aggregation(aggregation).build().ok()
}

#[test]
fn a_view_can_set_other_boundaries() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .with_view(|instrument: &Instrument| {
            let boundaries = vec![0.001, 0.01];
            let aggregation =
                Aggregation::ExplicitBucketHistogram { boundaries, record_min_max: true };
            (instrument.name() == DURATION).then(|| stream(aggregation))?
        })
        .build();
    MetricsBridge::builder(&recorder).connect(&provider);
    [1, 999, 5_000, 9_000, 50_000].iter().for_each(|micros| record(&recorder, *micros));
    let exported = collect(&provider, &exporter);
    let point = exported.point(DURATION);
    assert_eq!(
        (point.bounds.as_slice(), point.buckets.as_slice()),
        ([0.001, 0.01].as_slice(), [2, 2, 1].as_slice())
    );
}

#[test]
fn a_view_can_ask_for_exponential_histograms() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .with_view(|instrument: &Instrument| {
            let aggregation = Aggregation::Base2ExponentialHistogram {
                max_size: 160,
                max_scale: 20,
                record_min_max: true,
            };
            (instrument.name() == DURATION).then(|| stream(aggregation))?
        })
        .build();
    MetricsBridge::builder(&recorder).connect(&provider);
    (1..=100).for_each(|micros| record(&recorder, micros));
    let exported = collect(&provider, &exporter);
    let point = exported.point(DURATION);
    assert_eq!((point.count, point.buckets.iter().sum::<u64>()), (100, 100));
    assert_eq!((point.min, point.max), (Some(1e-6), Some(1e-4)));
    assert!((point.sum - 0.005_05).abs() < 1e-12, "{}", point.sum);
}

#[test]
fn attribute_filters_add_series_up() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .with_view(|_: &Instrument| {
            Stream::builder().with_allowed_attribute_keys([Key::new("state")]).build().ok()
        })
        .build();
    MetricsBridge::builder(&recorder).connect(&provider);
    record(&recorder, 5);
    let took = std::time::Duration::from_micros(5);
    let (kind, outcome) =
        (runtime_hooks_core::Kind::Blocking, runtime_hooks_core::Outcome::FINISHED);
    recorder.record(kind, "other", "smol", outcome, took);
    let exported = collect(&provider, &exporter);
    assert_eq!(exported.point(DURATION).count, 2);
}

#[test]
fn with_every_counter_dropped_a_drain_by_hand_exports_the_histograms() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = histograms_only(&exporter);
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    record(&recorder, 5);
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 0);
    bridge.drain();
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 1);
}

fn histograms_only(
    exporter: &opentelemetry_sdk::metrics::InMemoryMetricExporter,
) -> SdkMeterProvider {
    SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .with_view(|instrument: &Instrument| {
            (!instrument.name().ends_with(".duration")).then(|| stream(Aggregation::Drop))?
        })
        .build()
}

#[test]
fn with_every_counter_dropped_the_drain_thread_exports_the_histograms() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = histograms_only(&exporter);
    let interval = std::time::Duration::from_millis(1);
    let _bridge = MetricsBridge::builder(&recorder).pre_drain(interval).connect(&provider);
    record(&recorder, 5);
    // Only the bridge's thread can export it: flush until it has.
    let start = std::time::Instant::now();
    while collect(&provider, &exporter).total(DURATION).0 == 0 {
        assert!(start.elapsed().as_secs() < 60, "the thread does not drain");
        std::thread::yield_now();
    }
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 1);
}
