//! The numbers of a series that are written, without its histograms' other buckets: of 2 000 names, 2 MB instead of 12.

use std::sync::Arc;

use runtime_hooks_recorder::catalog::{BOUNDARIES, METRICS, Read};
use runtime_hooks_recorder::{HistogramSnapshot, Measure, Outcome, SeriesSnapshot};

use super::format::Format;
#[cfg(feature = "native-histograms")]
use super::native_buckets::NativeBuckets;
use crate::series_cache::DisclosedSeries;

#[derive(Debug)]
pub(super) struct Row {
    pub(super) series: Arc<DisclosedSeries>,
    /// By index in the catalog: the metrics that are one number per series.
    numbers: [u64; METRICS.len()],
    pub(super) ended: Vec<(Outcome, u64)>,
    pub(super) histograms: Vec<(Measure, Summary)>,
}

/// One histogram, as counts at the catalog's boundaries.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) count: u64,
    /// In seconds.
    pub(super) sum: f64,
    /// How many durations lie at or below each boundary.
    pub(super) below: [u64; BOUNDARIES.len()],
    #[cfg(feature = "native-histograms")]
    pub(super) native: Option<NativeBuckets>,
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
        expect(unused_variables, reason = "all text formats have the same numbers")
    )]
    fn new(durations: &HistogramSnapshot, format: Format) -> Self {
        let below = durations.cumulative_buckets();
        Self {
            count: durations.count(),
            sum: durations.sum_nanos() as f64 / 1e9,
            below: std::array::from_fn(|boundary| below.get(boundary).copied().unwrap_or(0)),
            #[cfg(feature = "native-histograms")]
            native: (format == Format::Protobuf).then(|| NativeBuckets::new(durations)),
        }
    }
}
