//! Plain data for readers.

use super::histogram_snapshot::HistogramSnapshot;
use crate::gauges::RuntimeSnapshot;
use crate::series_key::SeriesKey;
use crate::state::{Outcome, State};

/// Everything recorded since the recorder was created. Taking a snapshot changes nothing.
///
/// It is not a single instant: threads continue while it is taken. `active` of a series is never below 0, and while
/// no task starts or ends, `spawned = active + ended` holds exactly.
///
/// `Display` is a text table; see [`Recorder::snapshot`](crate::Recorder::snapshot).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// In the order in which the series were first seen.
    pub series: Vec<SeriesSnapshot>,
    /// The gauges of each watched runtime.
    pub runtimes: Vec<RuntimeSnapshot>,
}

impl Snapshot {
    /// Tasks whose name was refused by the series cap. They are counted under `_OTHER`.
    pub fn overflow(&self) -> u64 {
        self.series.iter().map(|series| series.refused).sum()
    }

    /// Tasks that were submitted and have not ended, over all series.
    pub fn active(&self) -> u64 {
        self.series.iter().map(SeriesSnapshot::active).sum()
    }

    /// Tasks submitted, over all series.
    pub fn spawned(&self) -> u64 {
        self.series.iter().map(|series| series.spawned).sum()
    }

    /// Tasks that ended in this state, over all series.
    pub fn ended_as(&self, state: State) -> u64 {
        self.series.iter().map(|series| series.ended_as(state)).sum()
    }
}

/// One series: all tasks of one kind and runtime that come from one place, see [`SeriesKey`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SeriesSnapshot {
    /// Identifies the series.
    pub key: SeriesKey,
    /// Tasks submitted.
    pub spawned: u64,
    /// Those of them whose name was refused by the series cap: all of an overflow series.
    pub refused: u64,
    /// `process.duration` by outcome, for outcomes that occurred. The counts are `process.count`.
    pub ended: Vec<(Outcome, HistogramSnapshot)>,
    /// `schedule.duration`.
    pub schedule: HistogramSnapshot,
    /// `poll.duration`.
    pub poll: HistogramSnapshot,
    /// Polls longer than the slow-poll threshold. Always 0 for blocking closures, which occupy no worker.
    pub slow_polls: u64,
    /// How often a task held its thread for longer than the watchdog's threshold, as the watchdog saw it; 0 without one.
    pub stalls: u64,
}

impl SeriesSnapshot {
    /// A series without tasks, to [merge](Self::merge) others into.
    pub fn empty(key: SeriesKey) -> Self {
        Self {
            key,
            spawned: 0,
            refused: 0,
            ended: Vec::new(),
            schedule: HistogramSnapshot::default(),
            poll: HistogramSnapshot::default(),
            slow_polls: 0,
            stalls: 0,
        }
    }

    /// Adds the tasks of another series.
    pub fn merge(&mut self, other: &Self) {
        self.spawned += other.spawned;
        self.refused += other.refused;
        for (outcome, durations) in &other.ended {
            self.ended_mut(*outcome).merge(durations);
        }
        self.schedule.merge(&other.schedule);
        self.poll.merge(&other.poll);
        self.slow_polls += other.slow_polls;
        self.stalls += other.stalls;
    }

    /// The durations of an outcome.
    pub(super) fn ended_mut(&mut self, outcome: Outcome) -> &mut HistogramSnapshot {
        let at = self.ended.binary_search_by_key(&outcome, |(outcome, _)| *outcome);
        let at = at.unwrap_or_else(|at| {
            self.ended.insert(at, (outcome, HistogramSnapshot::default()));
            at
        });
        &mut self.ended[at].1
    }

    /// Changes the outcomes of ends, and leaves out those for which `of` returns `None`.
    pub(crate) fn map_outcomes(&mut self, of: impl Fn(Outcome) -> Option<Outcome>) {
        for (outcome, durations) in std::mem::take(&mut self.ended) {
            let Some(outcome) = of(outcome) else { continue };
            let mut end = Self::empty(self.key.clone());
            end.ended.push((outcome, durations));
            self.merge(&end);
        }
    }

    /// Tasks that were submitted and have not ended.
    pub fn active(&self) -> u64 {
        self.spawned.saturating_sub(self.ended())
    }

    /// Tasks that have ended, in any state.
    pub fn ended(&self) -> u64 {
        self.ended.iter().map(|(_, duration)| duration.count()).sum()
    }

    /// Tasks that ended in this state, with any error type.
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

    /// All histograms of the series that are not empty.
    pub fn histograms(&self) -> impl Iterator<Item = (Measure, &HistogramSnapshot)> {
        let ended = self.ended.iter().map(|(outcome, d)| (Measure::Duration(*outcome), d));
        let others = [(Measure::Schedule, &self.schedule), (Measure::Poll, &self.poll)];
        ended.chain(others).filter(|(_, histogram)| !histogram.cells().is_empty())
    }

    /// `process.duration` of one outcome.
    pub fn duration_of(&self, outcome: Outcome) -> Option<&HistogramSnapshot> {
        self.ended.iter().find(|(o, _)| *o == outcome).map(|(_, duration)| duration)
    }
}

/// What a histogram of a series measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
// Exhaustive: an exporter that did not know one would lose its durations.
pub enum Measure {
    /// `process.duration` of the tasks with this outcome.
    Duration(Outcome),
    /// `schedule.duration`.
    Schedule,
    /// `poll.duration`.
    Poll,
}
