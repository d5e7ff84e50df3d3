//! The buckets of a native histogram: as many as there are different durations.

use std::collections::BTreeMap;

use runtime_hooks_recorder::HistogramSnapshot;

/// Four buckets per power of two, each at most 19 % wide: the recorder's own are finer.
pub(super) const SCHEMA: i32 = 2;
/// Durations up to a nanosecond count as zero.
pub(super) const ZERO: f64 = 1e-9;

#[derive(Debug)]
pub(super) struct NativeBuckets {
    pub(super) zero_count: u64,
    /// Runs of adjacent buckets: the distance to the run before, and the length.
    pub(super) spans: Vec<(i32, u32)>,
    /// Each count less the one before it.
    pub(super) deltas: Vec<i64>,
}

impl NativeBuckets {
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

/// The bucket whose upper bound is `2^(bucket / 4)`, included.
fn bucket(seconds: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 4 * 34")]
    let bucket = (seconds.log2() * f64::from(1 << SCHEMA)).ceil() as i32;
    bucket
}

/// Spans and deltas, as [`NativeBuckets`] has them.
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
