//! A histogram as readers see it.

use std::time::Duration;

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
    pub(crate) octave: usize,
    pub(crate) index: usize,
    pub(crate) count: u64,
    pub(crate) sum: u64,
}

impl Cell {
    pub(crate) fn range(&self) -> (u64, u64) {
        layout::range(self.octave, self.index)
    }

    pub(crate) fn place(&self) -> (usize, usize) {
        (self.octave, self.index)
    }
}

impl HistogramSnapshot {
    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count).sum()
    }

    /// The sum in nanoseconds.
    pub fn sum_nanos(&self) -> u64 {
        self.cells.iter().fold(0, |sum, cell| sum.wrapping_add(cell.sum))
    }

    /// The sum.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos())
    }

    /// The mean; `None` if nothing was recorded.
    pub fn mean(&self) -> Option<Duration> {
        self.sum_nanos().checked_div(self.count()).map(Duration::from_nanos)
    }

    /// The exact minimum; `None` if nothing was recorded.
    pub fn min(&self) -> Option<Duration> {
        self.extremes.map(|(min, _)| Duration::from_nanos(min))
    }

    /// The exact maximum; `None` if nothing was recorded.
    pub fn max(&self) -> Option<Duration> {
        self.extremes.map(|(_, max)| Duration::from_nanos(max))
    }

    /// The quantile `q` (0 to 1), with an error of at most 1/16; `None` if nothing was recorded.
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
            below += cell.count;
            if below >= rank {
                let (low, high) = cell.range();
                let middle = if cell.count == 1 { cell.sum } else { low + (high - low) / 2 };
                return Some(Duration::from_nanos(middle.clamp(min, max)));
            }
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

    pub(crate) fn add_cell(&mut self, cell: Cell) {
        match self.cells.binary_search_by_key(&cell.place(), Cell::place) {
            Ok(at) => {
                self.cells[at].count += cell.count;
                self.cells[at].sum = self.cells[at].sum.wrapping_add(cell.sum);
            }
            Err(at) => self.cells.insert(at, cell),
        }
    }

    /// Widens the extremes. `(u64::MAX, 0)`, the extremes of no durations, changes nothing.
    pub(crate) fn widen(&mut self, (min, max): (u64, u64)) {
        if min <= max {
            let (low, high) = self.extremes.unwrap_or((min, max));
            self.extremes = Some((low.min(min), high.max(max)));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.cells.iter().for_each(|cell| self.add_cell(*cell));
        if let Some(extremes) = other.extremes {
            self.widen(extremes);
        }
    }
}
