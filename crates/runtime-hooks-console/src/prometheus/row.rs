//! The numbers of a series that are written, without its histograms' other buckets: of 2 000 names, 2 MB instead of 12.

use runtime_hooks_recorder::catalog::{Attributes, BOUNDARIES, METRICS, Metric, Value};
use runtime_hooks_recorder::{
    HistogramSnapshot, Measure, Outcome, SeriesKey, SeriesSnapshot, TaskExemplar,
};

use super::format::Format;
#[cfg(feature = "native-histograms")]
use super::native_buckets::NativeBuckets;

#[derive(Debug)]
pub(super) struct Row {
    /// As it is shown.
    pub(super) key: SeriesKey,
    numbers: Vec<Number>,
    pub(super) histograms: Vec<(Measure, Summary)>,
}

/// One number of a series.
#[derive(Debug)]
struct Number {
    /// The metric's name in the catalog.
    metric: &'static str,
    outcome: Option<Outcome>,
    value: Value<'static>,
}

/// One histogram, as counts at the catalog's boundaries.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) count: u64,
    /// In seconds.
    pub(super) sum: f64,
    /// How many durations lie at or below each boundary.
    pub(super) below: [u64; BOUNDARIES.len()],
    /// In any order.
    pub(super) exemplars: Vec<TaskExemplar>,
    #[cfg(feature = "native-histograms")]
    pub(super) native: Option<NativeBuckets>,
}

impl Row {
    pub(super) fn new(of: &SeriesSnapshot, format: Format) -> Self {
        let mut numbers = Vec::new();
        for each in METRICS {
            let metric = each.name;
            each.visit_series(of, |attributes, value| {
                let value = match value {
                    Value::Counter(count) => Value::Counter(count),
                    Value::UpDownCounter(number) => Value::UpDownCounter(number),
                    _ => return,
                };
                numbers.push(Number { metric, outcome: attributes.outcome(), value });
            });
        }
        let histograms =
            of.histograms().map(|(measure, durations)| (measure, Summary::new(durations, format)));
        Self { key: of.key.clone(), numbers, histograms: histograms.collect() }
    }

    /// The attributes and values of a metric.
    pub(super) fn values(
        &self,
        metric: &Metric,
    ) -> impl Iterator<Item = (Attributes<'_>, Value<'_>)> {
        let numbers = self.numbers.iter().filter(move |number| number.metric == metric.name);
        numbers.map(|Number { outcome, value, .. }| {
            let attributes = Attributes::of_series(&self.key);
            (outcome.map_or(attributes, |outcome| attributes.with_outcome(outcome)), *value)
        })
    }

    pub(super) fn add_exemplar(&mut self, outcome: Outcome, exemplar: TaskExemplar) {
        let is_it = |(measure, _): &&mut (Measure, Summary)| *measure == Measure::Duration(outcome);
        if let Some((_, durations)) = self.histograms.iter_mut().find(is_it) {
            durations.exemplars.push(exemplar);
        }
    }

    /// The outcomes of the tasks that have ended.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.numbers.iter().filter_map(|number| number.outcome)
    }
}

impl Summary {
    #[cfg_attr(
        not(feature = "native-histograms"),
        expect(unused_variables, reason = "all text formats have the same numbers")
    )]
    fn new(durations: &HistogramSnapshot, format: Format) -> Self {
        let below = durations.cumulative_buckets();
        Self {
            count: durations.count(),
            sum: durations.sum_nanos() as f64 / 1e9,
            below: std::array::from_fn(|boundary| below.get(boundary).copied().unwrap_or(0)),
            exemplars: Vec::new(),
            #[cfg(feature = "native-histograms")]
            native: (format == Format::Protobuf).then(|| NativeBuckets::new(durations)),
        }
    }
}
