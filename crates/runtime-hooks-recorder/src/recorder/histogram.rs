//! A histogram of one thread: that thread writes it, any thread reads it.

use once_cell::race::OnceBox;

use super::histogram_snapshot::{Cell, HistogramSnapshot};
use super::layout::{self, CELLS, OCTAVES};
use crate::sync::Owned;

/// Log-linear cells with exact sums and exact extremes. An octave is allocated on first use.
#[derive(Debug)]
pub(crate) struct Histogram {
    octaves: [OnceBox<[Bucket; CELLS]>; OCTAVES],
    extremes: Extremes,
}

/// The durations of one cell. `begun` is written before `sum`, `count` after it: if a reader finds both equal, with
/// `sum` read in between, `sum` is the sum of exactly `count` durations.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    begun: Owned,
    sum: Owned,
    count: Owned,
}

impl Bucket {
    #[inline]
    pub(super) fn add(&self, ns: u64) {
        let before = self.count.get();
        self.begun.set(before.wrapping_add(1));
        self.sum.add(ns);
        self.count.set(before.wrapping_add(1));
    }

    /// A count and the sum that belongs to it.
    pub(super) fn read(&self) -> (u64, u64) {
        // The writer holds no lock and does not wait between its three stores. A reader only all_time waits for a writer
        // that was preempted there, so the bound is never reached in practice.
        for _ in 0..10_000 {
            let (count, sum) = (self.count.read(), self.sum.read());
            if self.begun.read() == count {
                return (count, sum);
            }
            crate::sync::yield_now();
        }
        (self.count.read(), self.sum.read())
    }
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { octaves: [const { OnceBox::new() }; OCTAVES], extremes: Extremes::new() }
    }

    /// Adds one duration, recorded during this drain epoch.
    #[inline]
    pub(crate) fn record(&self, ns: u64, epoch: u64) {
        let (octave, cell) = layout::locate(ns);
        let bucket = &self.octaves[octave].get_or_init(Box::default)[cell];
        // The count last: a reader that sees it also sees the extremes.
        self.extremes.record(ns, epoch);
        bucket.add(ns);
    }

    /// Adds what this thread has recorded to a snapshot.
    pub(crate) fn read_into(&self, into: &mut HistogramSnapshot) {
        for (octave, buckets) in self.octaves.iter().enumerate() {
            let Some(buckets) = buckets.get() else { continue };
            for (index, bucket) in buckets.iter().enumerate() {
                let (count, sum) = bucket.read();
                if count > 0 {
                    into.add_cell(Cell { octave, index, count, sum });
                }
            }
        }
        into.widen(self.extremes.all_time());
    }

    /// The minimum and maximum recorded during a closed epoch.
    pub(crate) fn extremes_of(&self, epoch: u64) -> Option<(u64, u64)> {
        self.extremes.of(epoch)
    }
}

/// The minimum and maximum duration of each of the last two drain epochs, and of all time.
///
/// Epochs alternate between two lanes. A reader closes epoch `e` by starting `e + 1`. The writer does not touch the
/// lane of `e` until `e + 2`, so the reader has all of `e + 1` to read it.
#[derive(Debug)]
struct Extremes {
    lanes: [Lane; 2],
    min: Owned,
    max: Owned,
}

#[derive(Debug)]
struct Lane {
    epoch: Owned,
    min: Owned,
    max: Owned,
}

impl Extremes {
    fn new() -> Self {
        let lane =
            || Lane { epoch: Owned::default(), min: Owned::new(u64::MAX), max: Owned::default() };
        Self { lanes: [lane(), lane()], min: Owned::new(u64::MAX), max: Owned::default() }
    }

    #[inline]
    fn record(&self, ns: u64, epoch: u64) {
        let lane = &self.lanes[(epoch & 1) as usize];
        if lane.epoch.get() != epoch {
            self.start_epoch(lane, epoch);
        }
        if ns < lane.min.get() {
            lane.min.set(ns);
        }
        if ns > lane.max.get() {
            lane.max.set(ns);
        }
    }

    /// Starts the next epoch of a lane. The lane's extremes first go to those of all time, so that a reader that
    /// comes too late still finds them there.
    #[cold]
    fn start_epoch(&self, lane: &Lane, epoch: u64) {
        self.min.set(self.min.get().min(lane.min.get()));
        self.max.set(self.max.get().max(lane.max.get()));
        lane.min.set(u64::MAX);
        lane.max.set(0);
        lane.epoch.set(epoch);
    }

    fn all_time(&self) -> (u64, u64) {
        // The lanes first: see `start_epoch`.
        let [a, b] = &self.lanes;
        let min = a.min.read().min(b.min.read());
        let max = a.max.read().max(b.max.read());
        (min.min(self.min.read()), max.max(self.max.read()))
    }

    fn of(&self, epoch: u64) -> Option<(u64, u64)> {
        let lane = &self.lanes[(epoch & 1) as usize];
        (lane.epoch.read() == epoch).then(|| (lane.min.read(), lane.max.read()))
    }
}

#[cfg(all(test, not(loom)))]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole nanoseconds")]
mod tests {
    use super::*;
    use crate::recorder::layout::BOUNDARIES;
    use proptest::prelude::*;

    fn snapshot(histogram: &Histogram) -> HistogramSnapshot {
        let mut snapshot = HistogramSnapshot::default();
        histogram.read_into(&mut snapshot);
        snapshot
    }

    #[test]
    fn an_empty_histogram_has_no_extremes_and_no_quantiles() {
        let empty = snapshot(&Histogram::new());
        assert_eq!((empty.count(), empty.sum_nanos()), (0, 0));
        assert_eq!((empty.min(), empty.max(), empty.quantile(0.5)), (None, None, None));
    }

    #[test]
    fn extremes_are_stored_by_epoch_and_for_all_time() {
        let histogram = Histogram::new();
        for (ns, epoch) in [(50, 1), (10, 1), (70, 2), (30, 3), (40, 3)] {
            histogram.record(ns, epoch);
        }
        assert_eq!(histogram.extremes_of(1), None); // its lane went to epoch 3
        assert_eq!(histogram.extremes_of(2), Some((70, 70)));
        assert_eq!(histogram.extremes_of(3), Some((30, 40)));
        let all = snapshot(&histogram);
        assert_eq!(all.min().map(|d| d.as_nanos()), Some(10));
        assert_eq!(all.max().map(|d| d.as_nanos()), Some(70));
    }

    proptest! {
        #[test]
        fn counts_sums_extremes_and_boundaries_are_exact(
            raw in prop::collection::vec((0_u32..64, any::<u64>()), 1..200)
        ) {
            // At most 2^40 ns each, so that the sum fits in 64 bits.
            let values: Vec<u64> = raw.iter().map(|(bits, v)| (v >> 24) >> (bits / 2)).collect();
            let histogram = Histogram::new();
            values.iter().for_each(|ns| histogram.record(*ns, 1));
            let all = snapshot(&histogram);
            prop_assert_eq!(all.count(), values.len() as u64);
            prop_assert_eq!(all.sum_nanos(), values.iter().sum::<u64>());
            prop_assert_eq!(all.min().map(|d| d.as_nanos() as u64), values.iter().min().copied());
            prop_assert_eq!(all.max().map(|d| d.as_nanos() as u64), values.iter().max().copied());
            for (bucket, boundary) in all.cumulative_buckets().iter().zip(BOUNDARIES) {
                let exact = values.iter().filter(|ns| **ns <= boundary).count() as u64;
                prop_assert_eq!(*bucket, exact, "at {} ns", boundary);
            }
        }

        #[test]
        fn the_error_of_a_quantile_is_at_most_a_sixteenth(
            mut values in prop::collection::vec(0_u64..1 << 40, 1..200), q in 0.0..=1.0_f64
        ) {
            let histogram = Histogram::new();
            values.iter().for_each(|ns| histogram.record(*ns, 1));
            values.sort_unstable();
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1] as f64;
            let read = snapshot(&histogram).quantile(q).unwrap().as_nanos() as f64;
            prop_assert!((read - exact).abs() <= exact / 16.0 + 0.5, "{read} for {exact}");
        }
    }
}
