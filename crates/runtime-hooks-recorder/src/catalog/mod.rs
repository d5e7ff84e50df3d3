//! The table of all metrics: name, unit, instrument, help, and how to read them from a snapshot.
//!
//! An exporter creates an instrument for each of [`METRICS`] by [`Metric::instrument`], and calls [`visit`] or
//! [`Metric::visit`] for the values. Exporters do not depend on metric names, so a new metric needs no change in
//! them:
//!
//! ```
//! use std::time::Duration;
//!
//! use runtime_hooks_recorder::catalog::{self, Value};
//! use runtime_hooks_recorder::{Kind, Outcome, Recorder};
//!
//! let recorder = Recorder::new();
//! recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::FINISHED, Duration::from_millis(3));
//!
//! let mut lines = Vec::new();
//! catalog::visit(&recorder.snapshot(), |metric, attributes, value| {
//!     let name = metric.full_name("asyncio");
//!     let labels: Vec<_> = attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
//!     let value = match value {
//!         Value::Counter(count) | Value::UpDownCounter(count) => count.to_string(),
//!         Value::FloatCounter(sum) => sum.to_string(),
//!         Value::Histogram(durations) => format!("{:?} in all", durations.sum()),
//!         _ => return,
//!     };
//!     lines.push(format!("{name} {} {value}", labels.join(",")));
//! });
//! let series = "async.runtime.name=tokio,type=coroutine,name=fetch";
//! assert_eq!(lines[0], format!("asyncio.process.duration {series},state=finished 3ms in all"));
//! assert_eq!(lines[1], format!("asyncio.process.count {series},state=finished 1"));
//! ```

use crate::recorder::Snapshot;

pub mod attribute;
mod attributes;
mod boundaries;
mod metric;
mod metrics;
mod settings;

pub use self::attributes::{AttributeValue, Attributes};
pub use self::boundaries::{BOUNDARIES, Boundaries, InvalidBoundary};
pub use self::metric::{Instrument, Metric, Value};
pub use self::metrics::METRICS;
pub use self::settings::{ExportSettings, ExportedMetric, InvalidNamespace};

/// Calls `each` with every value of every metric in a snapshot, metric by metric. Its series are
/// [merged](Snapshot::merged) first, so that no two values of a metric have equal attributes.
pub fn visit(
    snapshot: &Snapshot,
    mut each: impl FnMut(&'static Metric, Attributes<'_>, Value<'_>),
) {
    let snapshot = snapshot.clone().merged();
    for metric in METRICS {
        metric.visit(&snapshot, |attributes, value| each(metric, attributes, value));
    }
}

/// The metric that counts the seconds for which each lint has applied to each name. It is not in a snapshot: the code
/// that evaluates lints counts it.
pub mod lint_count {
    /// The name below the namespace.
    pub const NAME: &str = "lint.count";
    /// The unit, as UCUM writes it.
    pub const UNIT: &str = "{second}";
    /// A description in one sentence.
    pub const HELP: &str = "Seconds for which a lint has applied to a name.";
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Kind, Measure, Outcome, Recorder, RuntimeGauges, WorkerGauges};

    #[test]
    fn boundaries_go_up_from_a_microsecond_to_100_seconds() {
        assert!(BOUNDARIES.is_sorted());
        assert_eq!(BOUNDARIES.len(), 25);
        assert_eq!((BOUNDARIES[0], BOUNDARIES[1], BOUNDARIES[24]), (1e-6, 2.5e-6, 100.0));
    }

    #[test]
    fn names_keep_to_opentelemetrys_rules() {
        for metric in METRICS {
            let is_valid = |c: char| c.is_ascii_lowercase() || c == '.';
            assert!(metric.name.chars().all(is_valid), "{}", metric.name);
            assert!(!metric.name.contains("total"));
            assert_eq!(METRICS.iter().filter(|other| other.name == metric.name).count(), 1);
            let is_duration = metric.instrument() == Instrument::Histogram;
            assert_eq!(metric.name.ends_with(".duration"), is_duration);
        }
    }

    #[test]
    fn a_visit_yields_each_value_once_with_attributes_that_its_metric_lists() {
        let recorder = Recorder::builder().max_names(1).build();
        let workers = [WorkerGauges::new(Duration::from_millis(1_500), 7); 2];
        let gauges = RuntimeGauges { workers: workers.into(), ..RuntimeGauges::default() };
        let _watch = recorder.watch("tokio", move || gauges.clone());
        for (name, outcome) in
            [("a", Outcome::FINISHED), ("a", Outcome::PANIC), ("b", Outcome::PANIC)]
        {
            recorder.record(Kind::Coroutine, name, "smol", outcome, Duration::from_millis(3));
        }
        let (snapshot, mut found) = (recorder.snapshot(), Vec::new());
        visit(&snapshot, |metric, attributes, value| {
            let instrument = match value {
                Value::Histogram(_) => Instrument::Histogram,
                Value::Counter(_) => Instrument::Counter,
                Value::FloatCounter(_) => Instrument::FloatCounter,
                Value::UpDownCounter(_) => Instrument::UpDownCounter,
            };
            assert_eq!(instrument, metric.instrument(), "{}", metric.name);
            let values: Vec<_> = attributes
                .iter()
                .map(|(name, value)| {
                    assert!(metric.attributes().contains(&name), "{} has {name}", metric.name);
                    value.to_string()
                })
                .collect();
            let value = match value {
                Value::Histogram(durations) => durations.count() as f64,
                Value::Counter(count) | Value::UpDownCounter(count) => count as f64,
                Value::FloatCounter(sum) => sum,
            };
            found.push(format!("{} {} {value}", metric.name, values.join(" ")));
        });
        let expected = [
            "process.duration smol coroutine a finished 1",
            "process.duration smol coroutine a exception panic 1",
            "process.duration smol coroutine _OTHER exception panic 1",
            "process.count smol coroutine a finished 1",
            "process.count smol coroutine a exception panic 1",
            "process.count smol coroutine _OTHER exception panic 1",
            "process.spawned smol coroutine a 2",
            "process.spawned smol coroutine _OTHER 1",
            "process.active smol coroutine a 0",
            "process.active smol coroutine _OTHER 0",
            "recorder.overflow smol coroutine _OTHER 1",
            "worker.count tokio 2",
            "worker.busy.time tokio 0 1.5",
            "worker.busy.time tokio 1 1.5",
            "worker.park.count tokio 0 7",
            "worker.park.count tokio 1 7",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn each_measure_belongs_in_one_histogram() {
        let all = [Measure::Duration(Outcome::FINISHED), Measure::Schedule, Measure::Poll];
        let names = all.map(|measure| {
            let of: Vec<_> = METRICS.iter().filter(|metric| metric.is_of(measure)).collect();
            assert_eq!(of.len(), 1, "{measure:?}");
            of[0].name
        });
        assert_eq!(names, ["process.duration", "schedule.duration", "poll.duration"]);
    }
}
