//! A metric: its name, and how its values are read from a snapshot.

use super::attribute::{ERROR_TYPE, FILE, FUNCTION, LINE, NAME, RUNTIME, STATE, TYPE, WORKER};
use super::attributes::Attributes;
use super::boundaries::Boundaries;
use crate::gauges::RuntimeSnapshot;
use crate::recorder::{HistogramSnapshot, Measure, SeriesSnapshot, Snapshot};

/// One metric.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// The name below the namespace: `process.duration`.
    pub name: &'static str,
    /// The unit in UCUM notation.
    pub unit: &'static str,
    /// A description in one sentence.
    pub help: &'static str,
    /// How its values are read; decides the instrument.
    pub(crate) read: Read,
}

/// The attributes of metrics that are split by outcome.
const ENDED: &[&str] = &[RUNTIME, TYPE, NAME, FUNCTION, FILE, LINE, STATE, ERROR_TYPE];

/// The kind of instrument that a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Instrument {
    /// Durations in seconds: [`Value::Histogram`].
    Histogram,
    /// An integer that only increases: [`Value::Counter`].
    Counter,
    /// A number that only increases: [`Value::FloatCounter`].
    FloatCounter,
    /// An integer that also decreases: [`Value::UpDownCounter`].
    UpDownCounter,
}

/// A value of a metric. The metric's [instrument](Instrument) decides the variant.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'s> {
    /// A distribution of durations; never empty.
    Histogram(&'s HistogramSnapshot),
    /// A count; never 0. Most series never have a slow poll or an overflow, so zeros are left out.
    Counter(u64),
    /// A sum, which may be 0.
    FloatCounter(f64),
    /// A current number, which may be 0.
    UpDownCounter(u64),
}

impl Metric {
    /// The full name: `asyncio.process.duration`.
    pub fn full_name(&self, namespace: &str) -> String {
        format!("{namespace}.{}", self.name)
    }

    /// The kind of instrument.
    pub const fn instrument(&self) -> Instrument {
        match self.read {
            Read::Histogram(_) => Instrument::Histogram,
            Read::Counter(_) | Read::EndedCounter => Instrument::Counter,
            Read::WorkerCounter(_) => Instrument::FloatCounter,
            Read::UpDown(_) | Read::RuntimeUpDown(_) => Instrument::UpDownCounter,
        }
    }

    /// The bucket boundaries of a histogram in Prometheus' text format, where each boundary of each series is a line:
    /// few, and such that the thresholds of the alerts of `deploy/` are among them.
    pub fn text_boundaries(&self) -> Boundaries {
        // 1 ms, 10 ms, 100 ms, 1 s, and 10 s but for polls.
        if self.is_of(Measure::Poll) {
            Boundaries::at([9, 12, 15, 18])
        } else {
            Boundaries::at([9, 12, 15, 18, 21])
        }
    }

    /// The names of all attributes that its values can have, for registries that need them in advance.
    pub fn attributes(&self) -> &'static [&'static str] {
        match self.read {
            Read::EndedCounter => ENDED,
            Read::Histogram(is_of) if !is_of(Measure::Poll) && !is_of(Measure::Schedule) => ENDED,
            Read::Histogram(_) | Read::Counter(_) | Read::UpDown(_) => {
                &[RUNTIME, TYPE, NAME, FUNCTION, FILE, LINE]
            }
            Read::RuntimeUpDown(_) => &[RUNTIME],
            Read::WorkerCounter(_) => &[RUNTIME, WORKER],
        }
    }

    /// Whether this is the histogram for these durations.
    pub fn is_of(&self, measure: Measure) -> bool {
        matches!(self.read, Read::Histogram(is_of) if is_of(measure))
    }

    /// Calls `each` with every value of this metric in a snapshot, whose series are [merged](Snapshot::merged).
    pub fn visit<'s>(
        &self,
        snapshot: &'s Snapshot,
        mut each: impl FnMut(Attributes<'s>, Value<'s>),
    ) {
        for series in &snapshot.series {
            self.visit_series(series, &mut each);
        }
        for runtime in &snapshot.runtimes {
            self.visit_runtime(runtime, &mut each);
        }
    }

    /// Calls `each` with every value of this metric in one series, for readers that hold one series at a time.
    pub fn visit_series<'s>(
        &self,
        series: &'s SeriesSnapshot,
        mut each: impl FnMut(Attributes<'s>, Value<'s>),
    ) {
        let attributes = Attributes::of_series(&series.key);
        match self.read {
            Read::Histogram(is_of) => {
                for (measure, durations) in series.histograms().filter(|(of, _)| is_of(*of)) {
                    let attributes = Attributes::of_measure(&series.key, measure);
                    each(attributes, Value::Histogram(durations));
                }
            }
            Read::Counter(read) => count(attributes, read(series), each),
            Read::EndedCounter => {
                for (outcome, durations) in &series.ended {
                    count(attributes.with_outcome(*outcome), durations.count(), &mut each);
                }
            }
            Read::UpDown(read) => each(attributes, Value::UpDownCounter(read(series))),
            Read::RuntimeUpDown(_) | Read::WorkerCounter(_) => {}
        }
    }

    /// Calls `each` with every value of this metric in one runtime's gauges.
    pub fn visit_runtime<'s>(
        &self,
        runtime: &'s RuntimeSnapshot,
        mut each: impl FnMut(Attributes<'s>, Value<'s>),
    ) {
        let attributes = Attributes::of_runtime(runtime.name);
        match self.read {
            Read::RuntimeUpDown(read) => {
                if let Some(number) = read(runtime) {
                    each(attributes, Value::UpDownCounter(number));
                }
            }
            Read::WorkerCounter(read) => {
                for worker in 0..runtime.gauges.workers.len() {
                    let sum = read(runtime, worker);
                    each(attributes.with_worker(worker), Value::FloatCounter(sum));
                }
            }
            _ => {}
        }
    }
}

/// Leaves out counters that are 0.
fn count<'s>(
    attributes: Attributes<'s>,
    count: u64,
    mut each: impl FnMut(Attributes<'s>, Value<'s>),
) {
    if count > 0 {
        each(attributes, Value::Counter(count));
    }
}

/// How the values of a metric are read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub(crate) enum Read {
    /// A histogram of a series, in seconds: the measures for which the function returns `true`.
    Histogram(fn(Measure) -> bool),
    /// A counter of a series.
    Counter(fn(&SeriesSnapshot) -> u64),
    /// A counter of a series by outcome: the counts of `process.duration`.
    EndedCounter,
    /// A number of a series that also decreases.
    UpDown(fn(&SeriesSnapshot) -> u64),
    /// A number of a runtime that also decreases; `None` if the runtime does not provide it.
    RuntimeUpDown(fn(&RuntimeSnapshot) -> Option<u64>),
    /// A counter of each worker of a runtime.
    WorkerCounter(fn(&RuntimeSnapshot, usize) -> f64),
}
