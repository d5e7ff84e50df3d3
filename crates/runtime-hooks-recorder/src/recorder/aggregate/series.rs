//! What was recorded of one series, in one set.

use super::histogram::Histogram;
use crate::recorder::outcomes::{OutcomeId, Outcomes};
use crate::recorder::snapshot::{Measure, SeriesSnapshot};

/// Counters and histograms.
#[derive(Debug, Default)]
pub(crate) struct SeriesAggregate {
    started: u64,
    slow_polls: u64,
    schedule: Histogram,
    poll: Histogram,
    /// One histogram per outcome that occurred. Its count is `process.count`.
    ended: Vec<(OutcomeId, Histogram)>,
}

/// Which part of a series is read. Readers read the ends of all sets before the starts of any: for each end that they see
/// they also see the start, and `active` is never below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The ends.
    Ended,
    /// Everything else.
    Rest,
}

impl Part {
    /// The part that contains a histogram.
    pub(crate) const fn of(measure: Measure) -> Self {
        match measure {
            Measure::Duration(_) => Self::Ended,
            Measure::Schedule | Measure::Poll => Self::Rest,
        }
    }
}

impl SeriesAggregate {
    #[inline]
    pub(crate) fn start(&mut self) {
        self.started += 1;
    }

    #[inline]
    pub(crate) fn schedule(&mut self, ns: u64) {
        self.schedule.add(ns);
    }

    #[inline]
    pub(crate) fn poll(&mut self, ns: u64, slow: u64) {
        self.poll.add(ns);
        self.slow_polls += u64::from(ns > slow);
    }

    #[inline]
    pub(crate) fn end(&mut self, outcome: OutcomeId, ns: u64) {
        match self.ended.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, histogram)) => histogram.add(ns),
            None => self.end_first(outcome, ns),
        }
    }

    #[cold]
    fn end_first(&mut self, outcome: OutcomeId, ns: u64) {
        let mut histogram = Histogram::default();
        histogram.add(ns);
        self.ended.reserve_exact(1);
        self.ended.push((outcome, histogram));
    }

    /// Adds a part to a snapshot.
    pub(crate) fn read(&self, part: Part, into: &mut SeriesSnapshot, outcomes: &Outcomes) {
        match part {
            Part::Ended => {
                for (id, histogram) in &self.ended {
                    histogram.read_into(into.ended_mut(outcomes.get(*id)));
                }
            }
            Part::Rest => {
                self.schedule.read_into(&mut into.schedule);
                self.poll.read_into(&mut into.poll);
                into.slow_polls += self.slow_polls;
                into.spawned += self.started;
            }
        }
    }

    /// The extremes of the histograms of a part since this was last called.
    pub(crate) fn take_extremes(
        &mut self,
        part: Part,
        outcomes: &Outcomes,
        mut take: impl FnMut((Measure, (u64, u64))),
    ) {
        let mut take_of = |histogram: &mut Histogram, measure| {
            histogram.take_recent().into_iter().for_each(|extremes| take((measure, extremes)));
        };
        match part {
            Part::Ended => {
                for (id, histogram) in &mut self.ended {
                    take_of(histogram, Measure::Duration(outcomes.get(*id)));
                }
            }
            Part::Rest => {
                take_of(&mut self.schedule, Measure::Schedule);
                take_of(&mut self.poll, Measure::Poll);
            }
        }
    }
}
