//! A metric: what it is called, and how its values are read from a snapshot.

use super::attribute::{ERROR_TYPE, NAME, RUNTIME, STATE, TYPE, WORKER};
use super::attributes::Attributes;
use crate::gauges::RuntimeSnapshot;
use crate::recorder::{HistogramSnapshot, Measure, SeriesSnapshot, Snapshot};

/// One metric.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// The name below the namespace: `process.duration`.
    pub name: &'static str,
    /// The unit, as UCUM writes it.
    pub unit: &'static str,
    /// A description in one sentence.
    pub help: &'static str,
    /// What it is, and how to read it.
    pub(crate) read: Read,
}

/// The kind of instrument that a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Instrument {
    /// Durations in seconds: [`Value::Histogram`].
    Histogram,
    /// A whole number that only grows: [`Value::Counter`].
    Counter,
    /// A number that only grows: [`Value::FloatCounter`].
    FloatCounter,
    /// A whole number that also falls: [`Value::UpDownCounter`].
    UpDownCounter,
}

/// A value of a metric. Which variant it is depends on the metric's [instrument](Instrument) alone.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'s> {
    /// Durations; never empty.
    Histogram(&'s HistogramSnapshot),
    /// A count; never 0, as most series never count a slow poll or an overflow.
    Counter(u64),
    /// A sum, which may be 0.
    FloatCounter(f64),
    /// A number, which may be 0.
    UpDownCounter(u64),
}

impl Metric {
    /// The whole name: `asyncio.process.duration`.
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

    /// The names of all attributes that its values can have, for registries that must know them beforehand.
    pub fn attributes(&self) -> &'static [&'static str] {
        match self.read {
            Read::EndedCounter => &[RUNTIME, TYPE, NAME, STATE, ERROR_TYPE],
            Read::Histogram(is_of) if !is_of(Measure::Poll) && !is_of(Measure::Schedule) => {
                &[RUNTIME, TYPE, NAME, STATE, ERROR_TYPE]
            }
            Read::Histogram(_) | Read::Counter(_) | Read::UpDown(_) => &[RUNTIME, TYPE, NAME],
            Read::RuntimeUpDown(_) => &[RUNTIME],
            Read::WorkerCounter(_) => &[RUNTIME, WORKER],
        }
    }

    /// Whether it is the histogram that these durations belong in.
    pub fn is_of(&self, measure: Measure) -> bool {
        matches!(self.read, Read::Histogram(is_of) if is_of(measure))
    }

    /// Calls `each` with every value of this metric in a snapshot.
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

    /// Calls `each` with every value of this metric in one series; for readers that hold one series at a time.
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

/// Leaves out what never counted.
fn count<'s>(
    attributes: Attributes<'s>,
    count: u64,
    mut each: impl FnMut(Attributes<'s>, Value<'s>),
) {
    if count > 0 {
        each(attributes, Value::Counter(count));
    }
}

/// What a metric is, and how to read it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub(crate) enum Read {
    /// A histogram of a series, in seconds: those of its measures for which this returns `true`.
    Histogram(fn(Measure) -> bool),
    /// A counter of a series.
    Counter(fn(&SeriesSnapshot) -> u64),
    /// A counter of a series by outcome: the counts of `process.duration`.
    EndedCounter,
    /// A number of a series that also falls.
    UpDown(fn(&SeriesSnapshot) -> u64),
    /// A number of a runtime that also falls; `None` if the runtime does not tell it.
    RuntimeUpDown(fn(&RuntimeSnapshot) -> Option<u64>),
    /// A counter of each worker of a runtime.
    WorkerCounter(fn(&RuntimeSnapshot, usize) -> f64),
}
