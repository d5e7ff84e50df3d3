//! What readers see: plain data, the sum of all threads' shards.

use std::time::Duration;

use super::layout::{self, BOUNDARIES};
use super::series::SeriesKey;
use crate::gauges::RuntimeSnapshot;
use crate::state::{Outcome, State};

/// Everything recorded since the recorder was made. Taking one changes nothing.
///
/// It is not one instant: threads go on while it is taken. Per series, `active` is never below 0,
/// and once all is quiet `spawned = active + ended` exactly.
///
/// `Display` is a table for people; see [`Recorder::snapshot`](crate::Recorder::snapshot).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// In the order in which the series were first seen.
    pub series: Vec<SeriesSnapshot>,
    /// What each watched runtime says of itself.
    pub runtimes: Vec<RuntimeSnapshot>,
}

impl Snapshot {
    /// Processes whose name was refused by the series cap; they are counted under `_OTHER`.
    pub fn overflow(&self) -> u64 {
        self.series
            .iter()
            .filter(|series| series.key.is_overflow())
            .map(|series| series.spawned)
            .sum()
    }

    /// Processes that have been submitted and have not ended, over all series.
    pub fn active(&self) -> u64 {
        self.series.iter().map(SeriesSnapshot::active).sum()
    }

    /// Processes submitted, over all series.
    pub fn spawned(&self) -> u64 {
        self.series.iter().map(|series| series.spawned).sum()
    }

    /// Processes that ended in this state, over all series.
    pub fn ended_as(&self, state: State) -> u64 {
        self.series.iter().map(|series| series.ended_as(state)).sum()
    }
}

/// One series: all processes of one kind, name and runtime.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SeriesSnapshot {
    /// What tells the series from others.
    pub key: SeriesKey,
    /// Processes submitted.
    pub spawned: u64,
    /// `process.duration` by outcome; only outcomes that occurred. Its counts are `process.count`.
    pub ended: Vec<(Outcome, HistogramSnapshot)>,
    /// `schedule.duration`.
    pub schedule: HistogramSnapshot,
    /// `poll.duration`.
    pub poll: HistogramSnapshot,
    /// Polls longer than the slow-poll threshold.
    pub slow_polls: u64,
}

impl SeriesSnapshot {
    pub(crate) fn new(key: SeriesKey) -> Self {
        Self {
            key,
            spawned: 0,
            ended: Vec::new(),
            schedule: HistogramSnapshot::default(),
            poll: HistogramSnapshot::default(),
            slow_polls: 0,
        }
    }

    /// Processes that have been submitted and have not ended.
    pub fn active(&self) -> u64 {
        self.spawned.saturating_sub(self.ended())
    }

    /// Processes that have ended, in whatever state.
    pub fn ended(&self) -> u64 {
        self.ended.iter().map(|(_, duration)| duration.count()).sum()
    }

    /// Processes that ended in this state, whatever the error type.
    pub fn ended_as(&self, state: State) -> u64 {
        let of_state = self.ended.iter().filter(|(outcome, _)| outcome.state() == state);
        of_state.map(|(_, duration)| duration.count()).sum()
    }

    /// `process.duration` over all outcomes.
    pub fn duration(&self) -> HistogramSnapshot {
        let mut all = HistogramSnapshot::default();
        self.ended.iter().for_each(|(_, duration)| all.merge(duration));
        all
    }

    /// Every histogram of the series that holds something.
    pub fn histograms(&self) -> impl Iterator<Item = (Measure, &HistogramSnapshot)> {
        let ended = self.ended.iter().map(|(outcome, d)| (Measure::Process(*outcome), d));
        let others = [(Measure::Schedule, &self.schedule), (Measure::Poll, &self.poll)];
        ended.chain(others).filter(|(_, histogram)| !histogram.cells().is_empty())
    }

    /// `process.duration` of one outcome.
    pub fn duration_of(&self, outcome: Outcome) -> Option<&HistogramSnapshot> {
        self.ended.iter().find(|(o, _)| *o == outcome).map(|(_, duration)| duration)
    }
}

/// Which of a series' durations a histogram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// `process.duration` of the processes that ended so.
    Process(Outcome),
    /// `schedule.duration`.
    Schedule,
    /// `poll.duration`.
    Poll,
}

/// A distribution of durations: counts and sums exact, quantiles at most 1/16 off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistogramSnapshot {
    /// Cells with a count, in order of duration.
    cells: Vec<Cell>,
    extremes: Option<(u64, u64)>,
}

/// How many durations fell into a cell, and what they add up to.
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
    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count).sum()
    }

    /// Their sum, in nanoseconds.
    pub fn sum_nanos(&self) -> u64 {
        self.cells.iter().fold(0, |sum, cell| sum.wrapping_add(cell.sum))
    }

    /// Their sum.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos())
    }

    /// Their mean; `None` when nothing was recorded.
    pub fn mean(&self) -> Option<Duration> {
        self.sum_nanos().checked_div(self.count()).map(Duration::from_nanos)
    }

    /// The shortest, exactly; `None` when nothing was recorded.
    pub fn min(&self) -> Option<Duration> {
        self.extremes.map(|(min, _)| Duration::from_nanos(min))
    }

    /// The longest, exactly; `None` when nothing was recorded.
    pub fn max(&self) -> Option<Duration> {
        self.extremes.map(|(_, max)| Duration::from_nanos(max))
    }

    /// The duration below which a share `q` (0 to 1) of all lie, at most 1/16 off; `None` when
    /// nothing was recorded.
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

    /// Durations in seconds and how often each, in their order: each cell's mean, at most 1/8 from any of its durations.
    /// With their counts they add up to [`count`](Self::count) and [`sum`](Self::sum).
    pub fn values(&self) -> impl Iterator<Item = (f64, u64)> {
        self.cells.iter().map(|cell| (cell.sum as f64 / cell.count as f64 / 1e9, cell.count))
    }

    /// How many lie at or below each [advised boundary](crate::catalog::BOUNDARIES), exactly.
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

    /// Takes in extremes; `(u64::MAX, 0)`, those of nothing, changes nothing.
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
