//! A histogram as readers see it.

use std::time::Duration;

use super::extremes::{Extremes, of_both};
use super::layout::{self, BOUNDARIES};

/// A distribution of durations. Counts and sums are exact; the error of quantiles is at most 1/16.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistogramSnapshot {
    /// Cells that are not empty, in order of duration.
    cells: Vec<Cell>,
    extremes: Option<(u64, u64)>,
}

/// The number of durations in a cell, and their sum in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) sum: u128,
    pub(crate) count: u64,
    /// The octave, and the index in it.
    place: (u8, u8),
}

impl Cell {
    #[expect(clippy::cast_possible_truncation, reason = "at most 62 octaves of 9 cells")]
    pub(crate) const fn new(octave: usize, index: usize, count: u64, sum: u128) -> Self {
        Self { sum, count, place: (octave as u8, index as u8) }
    }

    pub(crate) fn range(&self) -> (u64, u64) {
        layout::range(self.place.0.into(), self.place.1.into())
    }

    pub(crate) const fn place(&self) -> (u8, u8) {
        self.place
    }

    /// What is possible for the duration with this rank in the cell, the shortest being 1.
    fn bounds_of(&self, rank: u64, (low, high): (u64, u64)) -> (u64, u64) {
        let [low, high, rank, count] = [low, high, rank, self.count].map(u128::from);
        // Those that are longer take `high` at most, and those that are shorter `low` at least.
        let least = self.sum.saturating_sub((count - rank) * high).div_ceil(rank);
        let most = (self.sum - ((rank - 1) * low).min(self.sum)) / (count - rank + 1);
        let whole = |ns: u128| u64::try_from(ns.clamp(low, high)).unwrap_or(u64::MAX);
        (whole(least), whole(most))
    }
}

impl HistogramSnapshot {
    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count).sum()
    }

    /// The sum in nanoseconds; exact. It can exceed 64 bits: 100 000 tasks of three days each do.
    pub fn sum_nanos(&self) -> u128 {
        self.cells.iter().map(|cell| cell.sum).sum()
    }

    /// The sum, at most [`Duration::MAX`].
    pub fn sum(&self) -> Duration {
        duration_of(self.sum_nanos())
    }

    /// The mean; `None` if nothing was recorded.
    pub fn mean(&self) -> Option<Duration> {
        let mean = self.sum_nanos().checked_div(self.count().into());
        mean.map(duration_of)
    }

    /// The exact minimum; `None` if nothing was recorded.
    pub fn min(&self) -> Option<Duration> {
        self.extremes.map(|(min, _)| Duration::from_nanos(min))
    }

    /// The exact maximum; `None` if nothing was recorded.
    pub fn max(&self) -> Option<Duration> {
        self.extremes.map(|(_, max)| Duration::from_nanos(max))
    }

    /// The duration that a share `q` of all durations does not exceed; `None` if nothing was recorded. A `q` below 0
    /// counts as 0, one above 1 as 1.
    ///
    /// The relative error is at most 1/16. The histogram has the exact count and sum of each cell, which bound every
    /// duration in it: this returns the middle of these bounds. It is never outside [`min`](Self::min) ..=
    /// [`max`](Self::max), and exact if all durations are equal.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let (min, max) = self.extremes?;
        let count = self.count();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank in 1..=count"
        )]
        let rank = ((q * count as f64).ceil() as u64).clamp(1, count.max(1));
        let mut below = 0;
        for cell in &self.cells {
            if below + cell.count >= rank {
                let (low, high) = cell.range();
                let (least, most) = cell.bounds_of(rank - below, (low.max(min), high.min(max)));
                return Some(Duration::from_nanos(least + most.saturating_sub(least) / 2));
            }
            below += cell.count;
        }
        Some(Duration::from_nanos(max))
    }

    /// The mean of each cell in seconds, in ascending order, and the number of durations in it. A mean is at most 1/8
    /// from any duration in the cell. The values add up to [`count`](Self::count) and [`sum`](Self::sum).
    pub fn values(&self) -> impl Iterator<Item = (f64, u64)> {
        self.cells.iter().map(|cell| (cell.sum as f64 / cell.count as f64 / 1e9, cell.count))
    }

    /// The number of durations at or below each [advised boundary](crate::catalog::BOUNDARIES); exact.
    pub fn cumulative_buckets(&self) -> Vec<u64> {
        let mut cells = self.cells.iter().peekable();
        let mut below = 0;
        let up_to = |boundary: &u64| {
            while let Some(cell) = cells.next_if(|cell| cell.range().1 <= *boundary) {
                below += cell.count;
            }
            below
        };
        BOUNDARIES.iter().map(up_to).collect()
    }

    pub(crate) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    pub(super) fn extremes(&self) -> Option<(u64, u64)> {
        self.extremes
    }

    pub(crate) fn add_cell(&mut self, cell: Cell) {
        match self.cells.binary_search_by_key(&cell.place(), Cell::place) {
            Ok(at) => {
                self.cells[at].count += cell.count;
                self.cells[at].sum += cell.sum;
            }
            Err(at) => self.cells.insert(at, cell),
        }
    }

    pub(crate) fn widen(&mut self, by: Extremes) {
        self.extremes = Some(self.extremes.map_or(by, |known| of_both(known, by)));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.cells.iter().for_each(|cell| self.add_cell(*cell));
        if let Some(extremes) = other.extremes {
            self.widen(extremes);
        }
    }
}

/// At most `Duration::MAX`.
fn duration_of(nanos: u128) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    let below_a_second = (nanos % SECOND) as u32;
    u64::try_from(nanos / SECOND).map_or(Duration::MAX, |s| Duration::new(s, below_a_second))
}
