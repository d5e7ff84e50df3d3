//! A histogram of plain numbers.

use crate::recorder::extremes::{Extremes, of_both};
use crate::recorder::histogram_snapshot::{Cell, HistogramSnapshot};
use crate::recorder::layout::{self, CELLS, OCTAVES};

/// Log-linear cells with exact sums and exact extremes. An octave is allocated on first use.
#[derive(Debug)]
pub(crate) struct Histogram {
    /// By octave: 0 if it has no durations, else 1 + the index of its first cell.
    octaves: [u16; OCTAVES],
    cells: Vec<Bucket>,
    /// The cells whose sums have wrapped, and how often. It takes 584 years of task time for one wrap: 100 000 tasks of
    /// three days each.
    wraps: Vec<((usize, usize), u64)>,
    /// Since [`take_recent`](Self::take_recent).
    recent: Extremes,
    /// Before that.
    older: Extremes,
}

/// The number of durations of one cell, and their sum modulo 2^64.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    count: u64,
    sum: u64,
}

impl Bucket {
    /// Returns whether the sum has wrapped.
    #[inline]
    fn add(&mut self, ns: u64) -> bool {
        self.count += 1;
        let (sum, has_wrapped) = self.sum.overflowing_add(ns);
        self.sum = sum;
        has_wrapped
    }
}

/// The extremes of no durations.
const NONE: Extremes = (u64::MAX, 0);

impl Default for Histogram {
    fn default() -> Self {
        let (recent, older) = (NONE, NONE);
        Self { octaves: [0; OCTAVES], cells: Vec::new(), wraps: Vec::new(), recent, older }
    }
}

impl Histogram {
    #[inline]
    pub(crate) fn add(&mut self, ns: u64) {
        let (octave, cell) = layout::locate(ns);
        let first = match self.octaves[octave] {
            0 => self.add_octave(octave),
            first => first,
        };
        if self.cells[usize::from(first) - 1 + cell].add(ns) {
            self.wrap(octave, cell);
        }
        if ns < self.recent.0 || ns > self.recent.1 {
            self.recent = of_both(self.recent, (ns, ns));
        }
    }

    #[cold]
    fn add_octave(&mut self, octave: usize) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "62 octaves of 9 cells")]
        let first = self.cells.len() as u16 + 1;
        self.cells.reserve_exact(CELLS);
        self.cells.extend([Bucket::default(); CELLS]);
        self.octaves[octave] = first;
        first
    }

    #[cold]
    fn wrap(&mut self, octave: usize, cell: usize) {
        let of = (octave, cell);
        match self.wraps.iter_mut().find(|(known, _)| *known == of) {
            Some((_, times)) => *times += 1,
            None => self.wraps.push((of, 1)),
        }
    }

    /// Adds what was recorded to a snapshot.
    pub(crate) fn read_into(&self, into: &mut HistogramSnapshot) {
        for (octave, first) in self.octaves.iter().enumerate().filter(|(_, first)| **first > 0) {
            let cells = self.cells[usize::from(*first) - 1..].iter().take(CELLS);
            for (cell, bucket) in cells.enumerate() {
                if bucket.count > 0 {
                    let wraps = self.wraps.iter().find(|(of, _)| *of == (octave, cell));
                    let wraps = wraps.map_or(0, |(_, times)| u128::from(*times));
                    let sum = wraps << 64 | u128::from(bucket.sum);
                    into.add_cell(Cell::new(octave, cell, bucket.count, sum));
                }
            }
        }
        if !self.cells.is_empty() {
            into.widen(of_both(self.recent, self.older));
        }
    }

    /// The minimum and maximum since this was last called.
    pub(crate) fn take_recent(&mut self) -> Option<(u64, u64)> {
        let recent = std::mem::replace(&mut self.recent, NONE);
        self.older = of_both(self.older, recent);
        (recent != NONE).then_some(recent)
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

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|ns| histogram.add(*ns));
        histogram
    }

    #[test]
    fn an_empty_histogram_has_no_extremes_and_no_quantiles() {
        let empty = snapshot(&Histogram::default());
        assert_eq!((empty.count(), empty.sum_nanos()), (0, 0));
        assert_eq!((empty.min(), empty.max(), empty.quantile(0.5)), (None, None, None));
    }

    #[test]
    fn recent_extremes_are_taken_once_and_stay_in_those_of_all_time() {
        let mut histogram = of(&[50, 10]);
        assert_eq!(histogram.take_recent(), Some((10, 50)));
        assert_eq!(histogram.take_recent(), None);
        [70, 30].iter().for_each(|ns| histogram.add(*ns));
        let all = snapshot(&histogram);
        assert_eq!(all.min().map(|d| d.as_nanos()), Some(10));
        assert_eq!(all.max().map(|d| d.as_nanos()), Some(70));
        assert_eq!(histogram.take_recent(), Some((30, 70)));
    }

    #[test]
    fn a_sum_of_more_than_64_bits_is_exact() {
        let histogram = of(&[u64::MAX; 1_000]);
        assert_eq!(snapshot(&histogram).sum_nanos(), 1_000 * u128::from(u64::MAX));
        assert_eq!(histogram.wraps.len(), 1);
    }

    #[test]
    fn a_quantile_of_equal_durations_is_exact() {
        let all = snapshot(&of(&[100_300_000; 7]));
        let read = [0.0, 0.5, 0.99, 1.0].map(|q| all.quantile(q).map(|d| d.as_nanos()));
        assert_eq!(read, [Some(100_300_000); 4]);
    }

    proptest! {
        #[test]
        fn counts_sums_extremes_and_boundaries_are_exact(
            raw in prop::collection::vec((0_u32..64, any::<u64>()), 1..200)
        ) {
            let values: Vec<u64> = raw.iter().map(|(bits, v)| v >> bits).collect();
            let all = snapshot(&of(&values));
            prop_assert_eq!(all.count(), values.len() as u64);
            prop_assert_eq!(all.sum_nanos(), values.iter().map(|ns| u128::from(*ns)).sum::<u128>());
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
            let histogram = of(&values);
            values.sort_unstable();
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1] as f64;
            let read = snapshot(&histogram).quantile(q).unwrap().as_nanos() as f64;
            prop_assert!((read - exact).abs() <= exact / 16.0 + 0.5, "{read} for {exact}");
            prop_assert!(read >= values[0] as f64 && read <= values[values.len() - 1] as f64);
        }
    }
}
