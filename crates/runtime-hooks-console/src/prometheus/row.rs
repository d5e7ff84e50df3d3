//! What is written of a series, without what a histogram has besides: of 2 000 names, 2 MB instead of 12.

use std::sync::Arc;

use runtime_hooks_core::catalog::{BOUNDARIES, METRICS, Read};
use runtime_hooks_core::{HistogramSnapshot, Measure, Outcome, SeriesSnapshot};

use super::Format;
#[cfg(feature = "native-histograms")]
use super::native::Native;
use crate::series_cache::DisclosedSeries;

#[derive(Debug)]
pub(super) struct Row {
    pub(super) series: Arc<DisclosedSeries>,
    /// Of each metric that is a number of a series, in the catalog's order.
    numbers: [u64; METRICS.len()],
    pub(super) ended: Vec<(Outcome, u64)>,
    pub(super) histograms: Vec<(Measure, Summary)>,
}

/// One histogram.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) count: u64,
    /// In seconds.
    pub(super) sum: f64,
    /// How many lie at or below each boundary.
    pub(super) below: [u64; BOUNDARIES.len()],
    #[cfg(feature = "native-histograms")]
    pub(super) native: Option<Native>,
}

impl Row {
    pub(super) fn new(series: Arc<DisclosedSeries>, of: &SeriesSnapshot, format: Format) -> Self {
        let number = |metric: usize| match METRICS[metric].read {
            Read::Counter(read) | Read::UpDown(read) => read(of),
            _ => 0,
        };
        let histograms =
            of.histograms().map(|(measure, durations)| (measure, Summary::new(durations, format)));
        Self {
            series,
            numbers: std::array::from_fn(number),
            ended: of
                .ended
                .iter()
                .map(|(outcome, durations)| (*outcome, durations.count()))
                .collect(),
            histograms: histograms.collect(),
        }
    }

    pub(super) fn number(&self, metric: usize) -> u64 {
        self.numbers[metric]
    }
}

impl Summary {
    #[cfg_attr(
        not(feature = "native-histograms"),
        expect(unused_variables, reason = "all formats are alike")
    )]
    fn new(durations: &HistogramSnapshot, format: Format) -> Self {
        let below = durations.cumulative_buckets();
        Self {
            count: durations.count(),
            sum: durations.sum_nanos() as f64 / 1e9,
            below: std::array::from_fn(|boundary| below.get(boundary).copied().unwrap_or(0)),
            #[cfg(feature = "native-histograms")]
            native: (format == Format::Protobuf).then(|| Native::new(durations)),
        }
    }
}
