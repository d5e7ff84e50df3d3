//! One series on one thread: a block of counters that only this thread writes.

use once_cell::race::OnceBox;

use super::histogram::Histogram;
use super::histogram_snapshot::HistogramSnapshot;
use super::outcomes::{OUTCOMES, OutcomeId, Outcomes};
use super::snapshot::{Measure, SeriesSnapshot};
use crate::state::Kind;
use crate::sync::Owned;

/// Aligned to two cache lines, which the hardware fetches in pairs: threads never share a line.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard {
    started: Owned,
    slow_polls: Owned,
    /// No run of a blocking closure is a slow poll: it occupies no worker.
    has_slow_polls: bool,
    schedule: Histogram,
    poll: Histogram,
    /// One histogram per outcome that occurred. Its count is `process.count`.
    ended: [OnceBox<Histogram>; OUTCOMES],
}

impl Shard {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            started: Owned::default(),
            slow_polls: Owned::default(),
            has_slow_polls: kind != Kind::Blocking,
            schedule: Histogram::new(),
            poll: Histogram::new(),
            ended: [const { OnceBox::new() }; OUTCOMES],
        }
    }

    /// Counts a submission; returns how many there were on this thread before.
    #[inline]
    pub(crate) fn start(&self) -> u64 {
        let before = self.started.get();
        self.started.set(before + 1);
        before
    }

    #[inline]
    pub(crate) fn schedule(&self, ns: u64, epoch: u64) {
        self.schedule.record(ns, epoch);
    }

    #[inline]
    pub(crate) fn poll(&self, ns: u64, epoch: u64, slow: u64) {
        self.poll.record(ns, epoch);
        if ns > slow && self.has_slow_polls {
            self.slow_polls.add(1);
        }
    }

    #[inline]
    pub(crate) fn end(&self, outcome: OutcomeId, ns: u64, epoch: u64) {
        let histogram = || Box::new(Histogram::new());
        self.ended[outcome.index()].get_or_init(histogram).record(ns, epoch);
    }

    /// Adds the ends. Readers read the ends of all shards before the starts of any: for each end that they see they
    /// also see the start, and `active` is never below 0.
    pub(crate) fn read_ended(&self, into: &mut SeriesSnapshot, outcomes: &Outcomes) {
        for (index, histogram) in self.ended.iter().enumerate() {
            let Some(histogram) = histogram.get() else { continue };
            let outcome = outcomes.get(index);
            let at = into.ended.iter().position(|(o, _)| *o == outcome).unwrap_or_else(|| {
                into.ended.push((outcome, HistogramSnapshot::default()));
                into.ended.len() - 1
            });
            histogram.read_into(&mut into.ended[at].1);
        }
    }

    /// Adds everything else. See [`read_ended`](Self::read_ended).
    pub(crate) fn read_rest(&self, into: &mut SeriesSnapshot) {
        self.schedule.read_into(&mut into.schedule);
        self.poll.read_into(&mut into.poll);
        into.slow_polls += self.slow_polls.read();
        into.spawned += self.started.read();
    }

    /// The extremes of a closed drain epoch, by histogram.
    pub(crate) fn extremes_of(
        &self,
        epoch: u64,
        outcomes: &Outcomes,
        mut each: impl FnMut(Measure, (u64, u64)),
    ) {
        let ended = self.ended.iter().enumerate().filter_map(|(index, histogram)| {
            let histogram = histogram.get()?;
            Some((Measure::Duration(outcomes.get(index)), histogram))
        });
        let others = [(Measure::Schedule, &self.schedule), (Measure::Poll, &self.poll)];
        for (measure, histogram) in ended.chain(others) {
            if let Some(extremes) = histogram.extremes_of(epoch) {
                each(measure, extremes);
            }
        }
    }
}
