//! New durations into the user's histograms.

use std::collections::HashMap;

use opentelemetry::metrics::Histogram;
use runtime_hooks_core::{HistogramDelta, Measure, Snapshot};

use crate::attributes;

/// A histogram, and which measures belong in it.
pub(crate) type Target = (fn(Measure) -> bool, Histogram<f64>);

/// The histograms of one connection, with the attributes of every series they have met.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    histograms: Vec<Target>,
    sinks: HashMap<(usize, Measure), Sink>,
}

impl Replay {
    pub(crate) fn new(histograms: Vec<Target>) -> Self {
        Self { histograms, sinks: HashMap::new() }
    }

    /// Records each duration once; what comes of it is up to the user's views and readers.
    pub(crate) fn record(&mut self, snapshot: &Snapshot, news: &[HistogramDelta]) {
        for HistogramDelta { series, measure, values, .. } in news {
            let Some((_, histogram)) = self.histograms.iter().find(|(is_of, _)| is_of(*measure))
            else {
                continue;
            };
            let sink = self.sinks.entry((*series, *measure)).or_insert_with(|| {
                let key = &snapshot.series[*series].key;
                Sink::new(histogram, attributes::of_measure(key, *measure))
            });
            for (seconds, count) in values {
                (0..*count).for_each(|_| sink.record(*seconds));
            }
        }
    }
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
