//! Exported names, units, attributes and values.

use std::panic::Location;
use std::time::Duration;

use opentelemetry_sdk::metrics::{Instrument, SdkMeterProvider, Stream, Temporality};
use runtime_hooks_core::catalog::{BOUNDARIES, ExportSettings, METRICS};
use runtime_hooks_core::{Kind, ManualClock, Outcome, Recorder, RuntimeGauges, WorkerGauges};
use runtime_hooks_otel::MetricsBridge;
use runtime_hooks_recorder::internals::{
    Role, SeriesId, Site, Step, add_stall, recorder_id, with_table,
};

use crate::{collect, exporter, provider, record};

#[test]
fn every_metric_arrives_under_its_name_with_its_unit() {
    let recorder = Recorder::builder().max_names(1).build();
    let watch = recorder.watch("tokio", || {
        let mut gauges = RuntimeGauges::default();
        gauges.queue_length = Some(4);
        gauges.workers = vec![WorkerGauges::new(Duration::from_millis(1_500), 7); 2];
        gauges
    });
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).namespace("tasks").connect(&provider);
    record(&recorder, 1);
    recorder.record(Kind::Blocking, "b", "smol", Outcome::PANIC, Duration::from_secs(1));
    // Two of the first series, and one of a series that does not exist.
    [0, 0, 7].into_iter().for_each(|series| add_stall(&recorder, SeriesId::from_bits(series)));
    let exported = collect(&provider, &exporter);
    for metric in METRICS {
        // Nothing was polled or scheduled: only a task that was over was recorded.
        let is_silent = ["schedule.duration", "poll.duration", "poll.slow"].contains(&metric.name);
        let unit = exported.units.get(&metric.full_name("tasks"));
        assert_eq!(
            unit.map(String::as_str),
            (!is_silent).then_some(metric.unit),
            "{}",
            metric.name
        );
    }
    assert_eq!(exported.number("tasks.worker.count"), Some(2.0));
    assert_eq!(exported.number("tasks.worker.busy.time"), Some(3.0));
    assert_eq!(exported.number("tasks.worker.park.count"), Some(14.0));
    assert_eq!(exported.number("tasks.queue.length"), Some(4.0));
    assert_eq!(exported.number("tasks.recorder.overflow"), Some(1.0));
    assert_eq!(exported.number("tasks.worker.stall"), Some(2.0));
    drop(watch);
}

#[test]
fn attributes_are_those_of_the_semantics() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).connect(&provider);
    let took = Duration::from_millis(1);
    recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::FINISHED, took);
    recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::PANIC, took);
    recorder.record(Kind::Future, "", "smol", Outcome::TIMEOUT, took);
    recorder.record(Kind::Blocking, "resize", "async-std", Outcome::CANCELLED, took);
    let io = Outcome::exception("io::Error");
    recorder.record(Kind::Blocking, "resize", "async-std", io, took);
    let exported = collect(&provider, &exporter);
    let of = |name: &str| -> Vec<String> {
        let counts = exported.numbers.keys().filter(|(metric, _)| metric == name);
        counts.map(|(_, attributes)| attributes.clone()).collect()
    };
    let ended = [
        "async.runtime.name=async-std,error.type=io::Error,name=resize,state=exception,type=to_thread",
        "async.runtime.name=async-std,name=resize,state=cancelled,type=to_thread",
        "async.runtime.name=smol,error.type=timeout,state=timeout,type=future",
        "async.runtime.name=tokio,error.type=panic,name=fetch,state=exception,type=coroutine",
        "async.runtime.name=tokio,name=fetch,state=finished,type=coroutine",
    ];
    let series = [
        "async.runtime.name=async-std,name=resize,type=to_thread",
        "async.runtime.name=smol,type=future",
        "async.runtime.name=tokio,name=fetch,type=coroutine",
    ];
    assert_eq!(of("asyncio.process.count"), ended);
    assert_eq!(of("asyncio.process.spawned"), series);
    assert_eq!(of("asyncio.process.active"), series);
    let durations = exported.histograms.keys().map(|(_, attributes)| attributes.as_str());
    assert_eq!(durations.collect::<Vec<_>>(), ended);
    assert!(
        exported.numbers.iter().all(|((metric, _), v)| !metric.ends_with("active") || *v == 0.0)
    );
}

/// A task of a function, spawned at a call site, that has ended after this many nanoseconds.
fn record_at(
    recorder: &Recorder,
    function: &'static str,
    location: &'static Location<'static>,
    ns: u64,
) {
    let (role, runtime) = (Role::Task, "tokio");
    let site = Site { name: None, type_name: function, role, runtime, location, size: None };
    with_table(recorder_id(recorder), |entry| {
        let (series, _) = entry.submit(&site);
        let ended = Some((entry.intern(Outcome::FINISHED), (0, ns)));
        entry.add(series, 0, &Step { ended, ..Step::default() });
    });
}

/// Two call sites of `app::run`, one of `lib::run`.
fn record_three(recorder: &Recorder) {
    let [here, there] = [Location::caller(), other_place()];
    record_at(recorder, "app::run::{{closure}}", here, 1_030);
    record_at(recorder, "app::run::{{closure}}", there, 1_099);
    record_at(recorder, "lib::run::{{closure}}", here, 5);
}

#[track_caller]
fn place() -> &'static Location<'static> {
    Location::caller()
}

fn other_place() -> &'static Location<'static> {
    place()
}

fn with_manual_clock() -> Recorder {
    Recorder::builder().clock(ManualClock::new().clock()).build()
}

#[test]
fn call_sites_of_one_function_are_one_exported_series() {
    let recorder = with_manual_clock();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).connect(&provider);
    record_three(&recorder);
    let exported = collect(&provider, &exporter);
    let of = |function: &str| {
        format!(
            "async.runtime.name=tokio,code.function.name={function},name=run,state=finished,type=coroutine"
        )
    };
    let count = |function| exported.numbers[&("asyncio.process.count".to_owned(), of(function))];
    assert_eq!([count("app::run"), count("lib::run")], [2.0, 1.0]);
    assert_eq!(exported.number("asyncio.process.spawned"), Some(3.0));
    let histogram =
        |function| &exported.histograms[&("asyncio.process.duration".to_owned(), of(function))];
    let app = histogram("app::run");
    assert_eq!((app.count, app.min, app.max), (2, Some(1_030e-9), Some(1_099e-9)));
    assert!((app.sum - 2_129e-9).abs() < 1e-18, "{}", app.sum);
    assert_eq!(histogram("lib::run").count, 1);
    assert_eq!(exported.histograms.len(), 2);
}

#[test]
fn call_sites_are_exported_on_request() {
    let recorder = with_manual_clock();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    let mut settings = ExportSettings::default();
    settings.location = true;
    MetricsBridge::builder(&recorder).settings(settings).connect(&provider);
    record_three(&recorder);
    let exported = collect(&provider, &exporter);
    let sites = exported.histograms.keys().map(|(_, attributes)| {
        assert!(attributes.contains(&format!("code.file.path={}", file!())), "{attributes}");
        attributes.contains("code.line.number=")
    });
    assert_eq!(sites.collect::<Vec<_>>(), [true; 3]);
}

fn record_1_500_names_in_two_states(recorder: &Recorder) {
    let took = Duration::from_millis(3);
    for name in 0..1_500 {
        for outcome in [Outcome::FINISHED, Outcome::CANCELLED] {
            recorder.record(Kind::Coroutine, format!("job_{name}"), "tokio", outcome, took);
        }
    }
}

/// At the SDK's limit of 2 000 sets per instrument.
#[test]
fn names_beyond_the_sdks_limit_are_exported_as_other() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).connect(&provider);
    record_1_500_names_in_two_states(&recorder);
    for _ in 0..2 {
        let exported = collect(&provider, &exporter);
        let sets =
            |name: &str| exported.numbers.keys().filter(|(metric, _)| metric == name).count();
        assert_eq!(sets("asyncio.process.count"), 1_872 + 2);
        assert_eq!(sets("asyncio.process.spawned"), 1_500);
        assert_eq!(exported.histograms.len(), 1_872 + 2);
        for metric in ["asyncio.process.count", "asyncio.process.spawned"] {
            assert_eq!(exported.number(metric), Some(3_000.0), "{metric}");
        }
        assert_eq!(exported.histograms.values().map(|point| point.count).sum::<u64>(), 3_000);
        let nameless =
            |(_, attributes): &&(String, String)| attributes.contains("otel.metric.overflow");
        assert_eq!(exported.numbers.keys().find(nameless), None);
    }
}

#[test]
fn a_higher_limit_here_and_in_a_view_exports_every_name() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .with_view(|_: &Instrument| Stream::builder().with_cardinality_limit(5_000).build().ok())
        .build();
    let mut settings = ExportSettings::default();
    settings.cardinality_limit = 5_000;
    MetricsBridge::builder(&recorder).settings(settings).connect(&provider);
    record_1_500_names_in_two_states(&recorder);
    let exported = collect(&provider, &exporter);
    assert_eq!(exported.histograms.len(), 3_000);
    assert_eq!(exported.number("asyncio.process.count"), Some(3_000.0));
}

#[test]
fn counts_at_the_advised_boundaries_sum_min_and_max_are_exact() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Cumulative);
    let provider = provider(&exporter);
    MetricsBridge::builder(&recorder).connect(&provider);
    // One value on each boundary, one just above it, and 1 000 in between.
    let boundaries =
        BOUNDARIES.iter().flat_map(|b| [(b * 1e9).round() as u64, (b * 1e9).round() as u64 + 1]);
    let values: Vec<u64> = boundaries.chain((0..1_000).map(|n| 777 + n * n * 1_013)).collect();
    for ns in &values {
        let took = Duration::from_nanos(*ns);
        recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::FINISHED, took);
    }
    let exported = collect(&provider, &exporter);
    let point = exported.point("asyncio.process.duration");
    assert_eq!(point.bounds, BOUNDARIES);
    assert_eq!(point.count, values.len() as u64);
    let sum = values.iter().sum::<u64>() as f64 / 1e9;
    assert!((point.sum - sum).abs() <= sum * 1e-12, "{} for {sum}", point.sum);
    assert_eq!(point.min, Some(777e-9));
    assert_eq!(point.max, Some(100.000_000_001));
    let mut lower = 0;
    for (boundary, bucket) in
        BOUNDARIES.iter().map(|b| (b * 1e9).round() as u64).zip(&point.buckets)
    {
        let exact = values.iter().filter(|ns| (lower..=boundary).contains(*ns)).count() as u64;
        assert_eq!(*bucket, exact, "up to {boundary} ns");
        lower = boundary + 1;
    }
    assert_eq!(point.buckets.last(), Some(&1));
}
