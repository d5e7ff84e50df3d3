//! Concurrent readers: two OpenTelemetry pipelines, cursors, one of them without pause, and a reader of live tasks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use runtime_hooks::{Cursor, Measure, MetricsBridge, Recorder, Snapshot};

/// The count and the sum in seconds of a histogram. Each task must be included exactly once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Total {
    count: u64,
    seconds: f64,
}

impl Total {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.seconds += other.seconds;
    }

    /// Counts are exact. The last digits of the sum of seconds depend on the order.
    fn assert_is(&self, all: &Self, whose: &str) {
        assert_eq!(self.count, all.count, "{whose}");
        let off = (self.seconds - all.seconds).abs();
        assert!(off <= all.seconds * 1e-9, "{whose}: {} s of {} s", self.seconds, all.seconds);
    }
}

const PROCESS: &str = "process";
const SCHEDULE: &str = "schedule";
const POLL: &str = "poll";

type Totals = BTreeMap<&'static str, Total>;

fn name_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Duration(_) => PROCESS,
        Measure::Schedule => SCHEDULE,
        Measure::Poll => POLL,
    }
}

fn totals_of(snapshot: &Snapshot) -> Totals {
    let mut totals = Totals::new();
    for (measure, histogram) in snapshot.series.iter().flat_map(|series| series.histograms()) {
        let seconds = histogram.sum_nanos() as f64 / 1e9;
        totals
            .entry(name_of(measure))
            .or_default()
            .add(Total { count: histogram.count(), seconds });
    }
    totals
}

fn assert_same(totals: &Totals, all: &Totals, whose: &str) {
    assert!(totals.keys().eq(all.keys()), "{whose}: {totals:?}");
    for (name, total) in totals {
        total.assert_is(&all[name], &format!("{whose}: {name}"));
    }
}

/// Two cursors, each at its own pace.
pub(crate) struct Cursors {
    eager: Mutex<(Cursor, Totals)>,
    lazy: Mutex<(Cursor, Totals)>,
    recorder: Recorder,
}

impl Cursors {
    pub(crate) fn of(recorder: &Recorder) -> Self {
        let cursor = || Mutex::new((recorder.cursor(), Totals::new()));
        Self { eager: cursor(), lazy: cursor(), recorder: recorder.clone() }
    }

    pub(crate) fn read_while(&self, is_over: &AtomicBool) {
        let mut round = 0_u32;
        let mut spawned = 0;
        while !is_over.load(Ordering::Relaxed) {
            drain(&self.eager);
            if round.is_multiple_of(50) {
                drain(&self.lazy);
            }
            let snapshot = self.recorder.snapshot();
            for series in &snapshot.series {
                assert!(series.ended() <= series.spawned, "more ended than spawned: {series:?}");
            }
            assert!(snapshot.spawned() >= spawned, "a count went back");
            (spawned, round) = (snapshot.spawned(), round + 1);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn assert_have_all_of(&self, snapshot: &Snapshot) {
        for (cursor, whose) in [(&self.eager, "the eager cursor"), (&self.lazy, "the lazy cursor")]
        {
            drain(cursor);
            let read = cursor.lock().expect("no panic");
            assert_same(&read.1, &totals_of(snapshot), whose);
        }
    }
}

fn drain(cursor: &Mutex<(Cursor, Totals)>) {
    let mut cursor = cursor.lock().expect("no panic");
    let (cursor, totals) = &mut *cursor;
    for news in cursor.drain().1 {
        let total = totals.entry(name_of(news.measure)).or_default();
        for (seconds, count) in news.values {
            total.add(Total { count, seconds: seconds * count as f64 });
        }
    }
}

/// Reads the list of live tasks as a console does, but more often. Returns how many tasks it has read.
pub(crate) fn look_while(is_over: &AtomicBool, recorder: &Recorder) -> usize {
    let mut seen = 0;
    while !is_over.load(Ordering::Relaxed) {
        let live = recorder.live();
        for task in &live {
            assert!(
                task.polls_with_wake <= task.polls,
                "woken in more polls than it had: {task:?}"
            );
            let total = task.busy + task.scheduled;
            assert!(total <= task.age, "busy and scheduled for longer than it lives: {task:?}");
            assert!(task.since <= task.age, "in a state from before it was there: {task:?}");
        }
        seen += live.len();
        std::thread::sleep(Duration::from_millis(5));
    }
    seen
}

/// A pipeline with two readers, one for each temporality.
pub(crate) struct Exporting {
    provider: SdkMeterProvider,
    _bridge: MetricsBridge,
    readers: [Sums; 2],
}

impl Exporting {
    pub(crate) fn of(recorder: &Recorder) -> Self {
        let readers = [Sums::new(Temporality::Delta), Sums::new(Temporality::Cumulative)];
        let provider = readers.iter().fold(SdkMeterProvider::builder(), |builder, sums| {
            let reader = PeriodicReader::builder(sums.clone());
            builder.with_reader(reader.with_interval(Duration::from_millis(300)).build())
        });
        let provider = provider.build();
        let bridge = MetricsBridge::builder(recorder).connect(&provider);
        Self { provider, _bridge: bridge, readers }
    }

    pub(crate) fn assert_have_all_of(&self, snapshot: &Snapshot) {
        self.provider.force_flush().expect("a flush");
        for sums in &self.readers {
            let whose = format!("OpenTelemetry, {:?}", sums.temporality);
            assert_same(&sums.totals.lock().expect("no panic"), &totals_of(snapshot), &whose);
        }
    }
}

/// An exporter with a sum per histogram. It adds deltas, and replaces the sum with cumulative values.
#[derive(Clone, Debug)]
struct Sums {
    temporality: Temporality,
    totals: Arc<Mutex<Totals>>,
}

impl Sums {
    fn new(temporality: Temporality) -> Self {
        Self { temporality, totals: Arc::default() }
    }
}

impl PushMetricExporter for Sums {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut totals = self.totals.lock().expect("no panic");
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            let name = match metric.name() {
                "asyncio.process.duration" => PROCESS,
                "asyncio.schedule.duration" => SCHEDULE,
                "asyncio.poll.duration" => POLL,
                _ => continue,
            };
            let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
                panic!("{name} is no histogram of seconds");
            };
            let mut sum = Total::default();
            for point in histogram.data_points() {
                sum.add(Total { count: point.count(), seconds: point.sum() });
            }
            let total = totals.entry(name).or_default();
            if self.temporality == Temporality::Cumulative {
                *total = Total::default();
            }
            total.add(sum);
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}
