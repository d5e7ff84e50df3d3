//! Readers of either temporality, several at once, and changes of the provider.

use std::thread;

use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use runtime_hooks_core::Recorder;
use runtime_hooks_otel::MetricsBridge;

use crate::exported::Exported;
use crate::{collect, exporter, provider, record};

const DURATION: &str = "asyncio.process.duration";
const COUNT: &str = "asyncio.process.count";

#[test]
fn cumulative_adds_up_and_delta_is_what_is_new() {
    for (temporality, expected) in
        [(Temporality::Cumulative, [2, 3, 3]), (Temporality::Delta, [2, 1, 0])]
    {
        let recorder = Recorder::new();
        let exporter = exporter(temporality);
        let provider = provider(&exporter);
        MetricsBridge::builder(&recorder).connect(&provider);
        for (new, expected) in [2, 1, 0].into_iter().zip(expected) {
            (0..new).for_each(|_| record(&recorder, 5));
            let exported = collect(&provider, &exporter);
            assert_eq!(exported.total(DURATION).0, expected, "{temporality:?}");
            assert_eq!(exported.number(COUNT).unwrap_or(0.0), expected as f64, "{temporality:?}");
        }
    }
}

#[test]
fn two_readers_each_see_everything() {
    let recorder = Recorder::new();
    let (delta, cumulative) = (exporter(Temporality::Delta), exporter(Temporality::Cumulative));
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(delta.clone()).build())
        .with_reader(PeriodicReader::builder(cumulative.clone()).build())
        .build();
    MetricsBridge::builder(&recorder).connect(&provider);
    let (mut sum, mut count) = (0, 0.0);
    for round in 1..=4 {
        (0..round).for_each(|_| record(&recorder, 5));
        delta.reset();
        cumulative.reset();
        provider.force_flush().unwrap();
        let (delta, cumulative) = (Exported::of(&delta), Exported::of(&cumulative));
        // The reader that collects first drains for both, after the other one may have collected.
        sum += delta.total(DURATION).0;
        count += delta.number(COUNT).unwrap();
        let recorded = round * (round + 1) / 2;
        assert!(sum <= recorded && cumulative.total(DURATION).0 <= recorded);
        assert_eq!(cumulative.number(COUNT), Some(recorded as f64));
        assert_eq!(count, recorded as f64);
    }
    // One more collection exports what the second reader drained in the last one.
    delta.reset();
    cumulative.reset();
    provider.force_flush().unwrap();
    assert_eq!(sum + Exported::of(&delta).total(DURATION).0, 10);
    assert_eq!(Exported::of(&cumulative).total(DURATION).0, 10);
}

#[test]
fn a_drain_between_collections_makes_no_count_older() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    for round in 1..=5_u32 {
        record(&recorder, 5);
        bridge.drain();
        record(&recorder, 5);
        assert_eq!(collect(&provider, &exporter).number(COUNT), Some(f64::from(2 * round)));
    }
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 10);
}

#[test]
fn two_bridges_of_one_recorder_each_export_everything() {
    let recorder = Recorder::new();
    let (a, b) = (exporter(Temporality::Delta), exporter(Temporality::Delta));
    let (to_a, to_b) = (provider(&a), provider(&b));
    MetricsBridge::builder(&recorder).connect(&to_a);
    MetricsBridge::builder(&recorder).connect(&to_b);
    (0..3).for_each(|_| record(&recorder, 5));
    assert_eq!(collect(&to_a, &a).total(DURATION).0, 3);
    record(&recorder, 5);
    assert_eq!(collect(&to_a, &a).total(DURATION).0, 1);
    assert_eq!(collect(&to_b, &b).total(DURATION).0, 4);
}

#[test]
fn shutdown_exports_what_is_left() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).connect(&provider);
    (0..7).for_each(|_| record(&recorder, 5));
    provider.shutdown().unwrap();
    assert_eq!(Exported::of(&exporter).total(DURATION).0, 7);
}

#[test]
fn the_last_handle_of_a_provider_exports_what_is_left() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    record(&recorder, 5);
    drop(provider);
    assert_eq!(Exported::of(&exporter).total(DURATION).0, 1);
    drop(bridge);
}

#[test]
fn another_provider_gets_what_the_last_one_did_not() {
    let recorder = Recorder::new();
    let (old, new) = (exporter(Temporality::Delta), exporter(Temporality::Delta));
    let (to_old, to_new) = (provider(&old), provider(&new));
    let bridge = MetricsBridge::builder(&recorder).connect(&to_old);
    (0..2).for_each(|_| record(&recorder, 5));
    assert_eq!(collect(&to_old, &old).total(DURATION).0, 2);
    (0..3).for_each(|_| record(&recorder, 5));
    bridge.reconnect(&to_new);
    record(&recorder, 5);
    // The callbacks of the old provider still exist, and export nothing.
    assert_eq!(collect(&to_old, &old).total(DURATION).0, 0);
    assert_eq!(collect(&to_new, &new).total(DURATION).0, 4);
    assert_eq!(collect(&to_new, &new).total(DURATION).0, 0);
}

#[test]
fn a_stopped_bridge_exports_nothing_and_loses_nothing() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    record(&recorder, 5);
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 1);
    bridge.stop();
    assert!(!bridge.is_on());
    record(&recorder, 5);
    bridge.drain();
    let exported = collect(&provider, &exporter);
    assert_eq!((exported.total(DURATION).0, exported.number(COUNT)), (0, None));
    bridge.reconnect(&provider);
    assert!(bridge.is_on());
    assert_eq!(collect(&provider, &exporter).total(DURATION).0, 1);
}

#[test]
fn writers_at_work_during_collections_lose_nothing() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).connect(&provider);
    let (mut count, mut sum) = (0, 0.0);
    let mut take = || {
        let (new, seconds) = collect(&provider, &exporter).total(DURATION);
        (count, sum) = (count + new, sum + seconds);
    };
    thread::scope(|scope| {
        let writers = [1, 2, 3].map(|n| {
            let recorder = &recorder;
            scope.spawn(move || (0..20_000).for_each(|_| record(recorder, n)))
        });
        while !writers.iter().all(|writer| writer.is_finished()) {
            take();
        }
    });
    take();
    assert_eq!(count, 60_000);
    assert!((sum - 0.12).abs() < 1e-9, "{sum}");
}
