//! Records new durations in the user's histograms.

use std::collections::HashMap;

use opentelemetry::metrics::Histogram;
use runtime_hooks_recorder::catalog::{Attributes, Metric};
use runtime_hooks_recorder::{HistogramDelta, Measure, SeriesKey, Snapshot};

use crate::attribute_sets::AttributeSets;
use crate::attributes::key_values;

/// The histograms of one connection, with the attributes of every series that was recorded into them.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    histograms: Vec<(&'static Metric, Histogram<f64>)>,
    /// `None` for durations that are not exported.
    sinks: HashMap<(usize, Measure), Option<Sink>>,
}

impl Replay {
    pub(crate) fn new(histograms: Vec<(&'static Metric, Histogram<f64>)>) -> Self {
        Self { histograms, sinks: HashMap::new() }
    }

    /// Records each new duration once. The user's views and readers aggregate them.
    pub(crate) fn record(
        &mut self,
        sets: &mut AttributeSets,
        snapshot: &Snapshot,
        new: &[HistogramDelta],
    ) {
        for HistogramDelta { series, measure, values, .. } in new {
            let mut histograms = self.histograms.iter();
            let Some((_, histogram)) = histograms.find(|(metric, _)| metric.is_of(*measure)) else {
                continue;
            };
            let sink = self.sinks.entry((*series, *measure)).or_insert_with(|| {
                let key = sets.key_of(&snapshot.series[*series].key);
                let (key, measure) = exported(sets, key, *measure)?;
                Some(Sink::new(histogram, key_values(Attributes::of_measure(&key, measure))))
            });
            let Some(sink) = sink else { continue };
            for (seconds, count) in values {
                (0..*count).for_each(|_| sink.record(*seconds));
            }
        }
    }
}

/// The key and measure under which durations are exported; `None` if they are not.
fn exported(
    sets: &mut AttributeSets,
    key: SeriesKey,
    measure: Measure,
) -> Option<(SeriesKey, Measure)> {
    let Measure::Duration(outcome) = measure else { return Some((key, measure)) };
    let (key, outcome) = sets.ended(key, sets.outcome_of(outcome)?);
    Some((key, Measure::Duration(outcome)))
}

#[cfg(feature = "bound")]
#[derive(Debug)]
struct Sink(opentelemetry::metrics::BoundHistogram<f64>);

#[cfg(feature = "bound")]
impl Sink {
    #[expect(clippy::needless_pass_by_value, reason = "as the other one")]
    fn new(histogram: &Histogram<f64>, attributes: Vec<opentelemetry::KeyValue>) -> Self {
        Self(histogram.bind(&attributes))
    }

    fn record(&self, seconds: f64) {
        self.0.record(seconds);
    }
}

#[cfg(not(feature = "bound"))]
#[derive(Debug)]
struct Sink(Histogram<f64>, Vec<opentelemetry::KeyValue>);

#[cfg(not(feature = "bound"))]
impl Sink {
    fn new(histogram: &Histogram<f64>, attributes: Vec<opentelemetry::KeyValue>) -> Self {
        Self(histogram.clone(), attributes)
    }

    fn record(&self, seconds: f64) {
        self.0.record(seconds, &self.1);
    }
}
