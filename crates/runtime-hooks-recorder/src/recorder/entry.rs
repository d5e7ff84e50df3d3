//! What a thread writes: all that a task records goes through an entry.

use std::sync::Arc;

use super::exemplars::{TaskEnd, TraceIds};
use super::inner::Inner;
use super::log::{Event, Writer};
use super::outcomes::OutcomeId;
use super::series_id::SeriesId;
use super::step::Step;
use super::table::Table;
use crate::clock::Clock;
use crate::name::Site;
use crate::panic_hook::PanicRecord;
use crate::state::Outcome;

/// A recorder, and what this thread has for it.
pub struct Entry {
    pub(super) inner: Arc<Inner>,
    pub(super) table: Table,
    pub(super) writer: Writer,
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
        self.inner.clock()
    }

    /// Counts a task as spawned. Returns its series, and how many this thread, and those that had its ring before, had
    /// spawned in it; 0 if that is not known.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub fn submit(&mut self, site: &Site<'_>) -> (SeriesId, u64) {
        let Self { inner, table, writer } = self;
        let series = table.series(&inner.series, site);
        (series, writer.start(&inner.log, series))
    }

    /// Adds a wake of a task to the flight record.
    #[inline]
    pub fn wake(&mut self, series: SeriesId, task: u64, at: u64) {
        self.writer.append_wake(&self.inner.log, Event::woken(series, task, at));
    }

    /// Adds what happened to a task. `task` is the tick from which its duration is measured.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub fn add(&mut self, series: SeriesId, task: u64, step: &Step) {
        let Self { inner, writer, .. } = self;
        let (event, long_delay) = Event::of_step(series, task, step);
        if let Some(event) = event {
            writer.append(&inner.log, event);
        }
        if let Some(event) = long_delay {
            writer.append(&inner.log, event);
        }
    }

    /// Counts a task as spawned and as ended after this many nanoseconds.
    pub(super) fn record(&mut self, series: SeriesId, outcome: OutcomeId, nanos: u64) {
        let Self { inner, writer, .. } = self;
        writer.start(&inner.log, series);
        let at = inner.clock().now();
        writer.append(&inner.log, Event::ended_after(series, outcome, nanos, at));
    }

    /// The number of an outcome in this recorder.
    pub fn intern(&self, outcome: Outcome) -> OutcomeId {
        self.inner.intern(outcome)
    }

    /// Whether the recorder wants an exemplar of a task that ends like this.
    pub fn wants_exemplar(&self, end: &TaskEnd) -> bool {
        self.inner.exemplars.is_due(end, self.clock())
    }

    /// Adds a task to [`Recorder::exemplars`](crate::Recorder::exemplars).
    pub fn keep_exemplar(&self, end: &TaskEnd, ids: TraceIds) {
        self.inner.exemplars.store(end, self.clock(), ids);
    }

    /// Adds the panic of a task to [`Recorder::panics`](crate::Recorder::panics).
    pub fn keep_panic(&self, series: SeriesId, panic: &Arc<PanicRecord>) {
        self.inner.panics.push(series, panic);
    }
}
