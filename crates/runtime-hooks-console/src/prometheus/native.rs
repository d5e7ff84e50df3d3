//! Native histograms: as many buckets as there are different durations.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::encoding::{
    MetricEncoder, NativeHistogram, NativeHistogramBuckets, NoLabelSet, prometheus_protobuf,
};
use prometheus_client::registry::Registry;
use runtime_hooks_core::HistogramSnapshot;
use runtime_hooks_core::catalog::BOUNDARIES;

use super::row::Summary;

/// Four buckets a power of two, each at most 19 % wide: the recorder's own cells are finer.
const SCHEMA: i32 = 2;
/// Shorter durations than a nanosecond are none.
const ZERO: f64 = 1e-9;

pub(super) fn encode(registry: &Registry) -> Vec<u8> {
    // Nothing fails but what is written to, and a vector takes everything.
    prometheus_protobuf::encode_to_vec(registry).unwrap_or_default()
}

/// The buckets of one histogram.
#[derive(Debug)]
pub(super) struct Native {
    zero_count: u64,
    /// Runs of buckets that follow each other, with the distance to the one before.
    spans: Vec<(i32, u32)>,
    /// Each count less the one before it.
    deltas: Vec<i64>,
}

impl Native {
    pub(super) fn new(durations: &HistogramSnapshot) -> Self {
        let (mut zero_count, mut buckets) = (0, BTreeMap::<i32, i64>::new());
        for (seconds, count) in durations.values() {
            if seconds <= ZERO {
                zero_count += count;
            } else {
                *buckets.entry(bucket(seconds)).or_default() +=
                    i64::try_from(count).unwrap_or(i64::MAX);
            }
        }
        let (spans, deltas) = spans(&buckets);
        Self { zero_count, spans, deltas }
    }
}

pub(super) fn encode_histogram(mut encoder: MetricEncoder<'_>, durations: &Summary) -> fmt::Result {
    // Both: who reads the format may not know native ones.
    let classic = classic(durations);
    let Some(Native { zero_count, spans, deltas }) = &durations.native else { return Ok(()) };
    let none = NativeHistogramBuckets { spans: &[], deltas: &[] };
    let native = NativeHistogram {
        schema: SCHEMA,
        zero_threshold: ZERO,
        zero_count: *zero_count,
        negative: none,
        positive: NativeHistogramBuckets { spans, deltas },
        created: None,
    };
    let Summary { sum, count, .. } = *durations;
    encoder.encode_histogram_with_native::<NoLabelSet>(sum, count, &classic, None, native)
}

/// How many lie between each boundary and the one before it.
fn classic(durations: &Summary) -> Vec<(f64, u64)> {
    let mut below = 0;
    let each = BOUNDARIES.iter().copied().zip(durations.below);
    let all = each.chain([(f64::INFINITY, durations.count)]);
    all.map(|(boundary, up_to)| (boundary, up_to - std::mem::replace(&mut below, up_to))).collect()
}

/// The bucket whose upper bound is `2^(bucket / 4)`, included.
fn bucket(seconds: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 4 * 34")]
    let bucket = (seconds.log2() * f64::from(1 << SCHEMA)).ceil() as i32;
    bucket
}

/// As [`Native`] has them.
fn spans(buckets: &BTreeMap<i32, i64>) -> (Vec<(i32, u32)>, Vec<i64>) {
    let (mut spans, mut deltas) = (Vec::<(i32, u32)>::new(), Vec::new());
    let (mut next, mut before) = (0, 0);
    for (bucket, count) in buckets {
        match spans.last_mut() {
            Some((_, length)) if *bucket == next => *length += 1,
            _ => spans.push((bucket - next, 1)),
        }
        next = bucket + 1;
        deltas.push(count - std::mem::replace(&mut before, *count));
    }
    (spans, deltas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_includes_its_upper_bound() {
        assert_eq!([0.25, 0.250_001, 0.5, 1.0, 1.01, 2.0].map(bucket), [-8, -7, -4, 0, 1, 4]);
    }

    #[test]
    fn spans_are_runs_and_deltas_add_up() {
        let buckets = BTreeMap::from([(-8, 5), (-7, 2), (-3, 2), (4, 10)]);
        let (spans, deltas) = spans(&buckets);
        assert_eq!(spans, [(-8, 2), (3, 1), (6, 1)]);
        assert_eq!(deltas, [5, -3, 0, 8]);
    }
}
