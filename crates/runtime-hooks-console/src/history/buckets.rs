//! Durations of one second in a few bytes: four buckets per power of two, and the exact extremes.

/// A histogram of durations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Buckets {
    /// Bucket and count, in order of duration.
    counts: Vec<(u8, u64)>,
    /// The minimum and the maximum in nanoseconds.
    extremes: Option<(u64, u64)>,
}

impl Buckets {
    /// Adds durations in seconds, each with its count.
    pub(super) fn record(&mut self, values: &[(f64, u64)]) {
        for (seconds, count) in values {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a duration"
            )]
            let ns = (seconds * 1e9).round() as u64;
            self.add(bucket(ns), *count);
            self.widen((ns, ns));
        }
    }

    pub(super) fn add(&mut self, bucket: u8, count: u64) {
        match self.counts.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => self.counts[at].1 = self.counts[at].1.saturating_add(count),
            Err(at) => self.counts.insert(at, (bucket, count)),
        }
    }

    pub(super) fn widen(&mut self, (min, max): (u64, u64)) {
        let (low, high) = self.extremes.unwrap_or((min, max));
        self.extremes = Some((low.min(min), high.max(max)));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.counts.iter().for_each(|(bucket, count)| self.add(*bucket, *count));
        other.extremes.into_iter().for_each(|extremes| self.widen(extremes));
    }

    pub(crate) fn counts(&self) -> &[(u8, u64)] {
        &self.counts
    }

    pub(super) fn extremes(&self) -> Option<(u64, u64)> {
        self.extremes
    }

    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// The longest duration, in seconds.
    pub(crate) fn max(&self) -> Option<f64> {
        self.extremes.map(|(_, max)| max as f64 / 1e9)
    }

    /// The quantile `q` in seconds, with an error of at most 1/8. It is between the minimum and the maximum.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        let rank = ((q * self.count() as f64).ceil() as u64).max(1);
        let mut below = 0;
        let (bucket, _) = self.counts.iter().find(|(_, count)| {
            below += count;
            below >= rank
        })?;
        let ((low, high), (min, max)) = (bounds(*bucket), self.extremes?);
        let (low, high) = (low.max(min), high.min(max));
        Some((low + high.saturating_sub(low) / 2) as f64 / 1e9)
    }
}

/// The bucket of a duration: one per nanosecond below 4 ns, then the power of two and the next two bits.
fn bucket(ns: u64) -> u8 {
    let power = (ns | 1).ilog2();
    #[expect(clippy::cast_possible_truncation, reason = "at most 63 * 4 + 3 - 4")]
    let bucket =
        if power < 2 { ns as u8 } else { ((power - 1) * 4) as u8 + (ns >> (power - 2) & 3) as u8 };
    bucket
}

/// The lowest and the highest duration of a bucket, in nanoseconds.
pub(crate) fn bounds(bucket: u8) -> (u64, u64) {
    let (power, quarter) = (u32::from(bucket / 4), u64::from(bucket % 4));
    match power {
        0 => (quarter, quarter),
        power => {
            let width = 1_u64 << (power - 1);
            let low = (4 + quarter) * width;
            (low, low + (width - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_the_bounds_of_its_bucket() {
        let mut durations: Vec<u64> = (0..2_000).collect();
        durations
            .extend((2..64).flat_map(|power| [(1_u64 << power) - 1, 1 << power, 3 << (power - 1)]));
        durations.push(u64::MAX);
        for ns in durations {
            let (low, high) = bounds(bucket(ns));
            assert!(low <= ns && ns <= high, "{ns} is not in {low}..={high}");
            assert!(high - low <= low / 4);
        }
        assert_eq!(bucket(u64::MAX), 251);
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        assert_eq!(bounds(0).0, 0);
        (0..251).for_each(|bucket| assert_eq!(bounds(bucket).1 + 1, bounds(bucket + 1).0));
    }

    #[test]
    fn quantiles_have_an_error_of_an_eighth_and_the_maximum_is_exact() {
        let mut buckets = Buckets::default();
        assert_eq!((buckets.quantile(0.5), buckets.max()), (None, None));
        buckets.record(&[(0.001, 50), (0.010, 40), (0.1, 9), (0.123_456_789, 1)]);
        for (q, exact) in [(0.0, 0.001), (0.5, 0.001), (0.9, 0.01), (0.99, 0.1)] {
            let read = buckets.quantile(q).unwrap();
            assert!((read - exact).abs() <= exact / 8.0, "p{q}: {read} for {exact}");
        }
        assert_eq!(buckets.max(), Some(0.123_456_789));
        assert!(buckets.quantile(1.0).unwrap() <= buckets.max().unwrap());
        assert_eq!(buckets.count(), 100);
    }
}
