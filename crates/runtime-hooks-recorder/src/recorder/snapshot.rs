//! What readers see: plain data, the sum of all threads' shards.

use super::histogram_snapshot::HistogramSnapshot;
use crate::gauges::RuntimeSnapshot;
use crate::series_key::SeriesKey;
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
// Exhaustive: an exporter that did not know one would lose its durations.
pub enum Measure {
    /// `process.duration` of the processes that ended so.
    Process(Outcome),
    /// `schedule.duration`.
    Schedule,
    /// `poll.duration`.
    Poll,
}
