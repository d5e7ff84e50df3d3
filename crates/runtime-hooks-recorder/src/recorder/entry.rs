//! What a thread writes: all that a task records goes through an entry.

use std::sync::Arc;

use super::inner::Inner;
use super::outcomes::OutcomeId;
use super::series_id::SeriesId;
use super::table::Table;
use crate::clock::Clock;
use crate::name::Site;
use crate::panic_hook::PanicRecord;
use crate::state::Outcome;

/// From one tick to another.
pub type Interval = (u64, u64);

/// What one event of a task adds to its series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// A schedule delay.
    pub schedule: Option<Interval>,
    /// A poll.
    pub poll: Option<Interval>,
    /// The outcome, and the interval from submission to end.
    pub ended: Option<(OutcomeId, Interval)>,
}

/// A recorder and this thread's table for it.
pub struct Entry {
    pub(super) inner: Arc<Inner>,
    pub(super) table: Table,
}

impl Entry {
    /// The id of the recorder.
    #[inline]
    pub fn recorder(&self) -> u32 {
        self.inner.id
    }

    /// The clock of the recorder.
    #[inline]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Counts a task as spawned. Returns its series, and how many this thread had spawned in it before.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub fn submit(&mut self, site: &Site<'_>) -> (SeriesId, u64) {
        let Self { inner, table } = self;
        let series = table.series(&inner.series, site);
        (series, table.shard(&inner.series, series).start())
    }

    /// Adds durations to a series.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub fn add(&mut self, series: SeriesId, added: &Step) {
        let Self { inner, table } = self;
        let epoch = inner.epoch();
        let nanos = |(from, to)| inner.clock.nanos_between(from, to);
        let shard = table.shard(&inner.series, series);
        if let Some(interval) = added.schedule {
            shard.schedule(nanos(interval), epoch);
        }
        if let Some(interval) = added.poll {
            shard.poll(nanos(interval), epoch, inner.slow_poll());
        }
        if let Some((outcome, interval)) = added.ended {
            shard.end(outcome, nanos(interval), epoch);
        }
    }

    /// The number of an outcome in this recorder.
    pub fn intern(&self, outcome: Outcome) -> OutcomeId {
        self.inner.intern(outcome)
    }

    /// Adds the panic of a task to [`Recorder::panics`](crate::Recorder::panics).
    pub fn keep_panic(&self, series: SeriesId, panic: &Arc<PanicRecord>) {
        self.inner.panics.push(series, panic);
    }
}
