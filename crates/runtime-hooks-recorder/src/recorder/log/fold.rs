//! Folding: adds events to the aggregates.

use super::Log;
use super::event::{Event, TaskDuration};
use super::ring::{Chunks, Ring};
use crate::recorder::aggregate::{SeriesAggregate, Set};
use crate::recorder::series_id::SeriesId;
use crate::sync::Ordering;

impl Log {
    /// Folds everything that all threads have published.
    pub(crate) fn fold_all(&self) {
        for ring in self.rings.all() {
            self.fold_ring(&ring);
        }
    }

    /// Folds what a thread has published before this call. The lock is released after each chunk, so that the thread can
    /// start its next one. Newer events are left to the next reader: a thread that keeps recording does not keep a reader
    /// here.
    pub(super) fn fold_ring(&self, ring: &Ring) {
        let chunks = ring.chunks().map_or(0, |chunks| chunks.len());
        for _ in 0..chunks {
            let Some(mut chunks) = ring.chunks() else { return };
            let Some((chunk, events)) = chunks.take_unfolded() else { return };
            let Some(mut set) = self.sets.wait_for_any(ring.number) else { return };
            self.fold_events(&mut set, chunk.events(events));
        }
    }

    /// Folds all chunks of a ring into a set.
    pub(super) fn fold_chunks(&self, chunks: &mut Chunks, set: &mut Set) {
        while let Some((chunk, events)) = chunks.take_unfolded() {
            self.fold_events(set, chunk.events(events));
        }
    }

    /// Folds an event of a thread that has no chunk. It is not recorded only if all locks stay held after a fork.
    #[cold]
    pub(super) fn fold_directly(&self, event: Event) {
        // Relaxed: a statistic.
        self.direct.fetch_add(1, Ordering::Relaxed);
        if let Some(mut set) = self.sets.wait_for_any(0) {
            self.fold_events(&mut set, std::iter::once(event));
        }
    }

    /// Counts a start of a thread that has no counters. See [`fold_directly`](Self::fold_directly).
    #[cold]
    pub(super) fn count_start_directly(&self, series: SeriesId) {
        if let Some(mut set) = self.sets.wait_for_any(0)
            && let Some(series) = set.entry(series)
        {
            series.start();
        }
    }

    /// Changes the duration above which a poll counts as slow, for polls that are recorded from now on.
    pub(crate) fn set_slow_poll(&self, nanos: u64) {
        self.fold_all();
        // Relaxed: a limit, not a message.
        self.slow_poll.store(nanos, Ordering::Relaxed);
    }

    /// Looks up the series once for consecutive events of one series.
    #[inline]
    fn fold_events(&self, set: &mut Set, mut events: impl Iterator<Item = Event>) {
        let slow_poll = self.slow_poll.load(Ordering::Relaxed);
        let mut next = events.next();
        while let Some(first) = next {
            let id = first.series();
            let mut series = set.entry(id);
            while let Some(event) = next
                && event.series() == id
            {
                if let Some(series) = &mut series {
                    self.fold_event(series, &event, slow_poll);
                }
                next = events.next();
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the loop")]
    fn fold_event(&self, series: &mut SeriesAggregate, event: &Event, slow_poll: u64) {
        let nanos = |(from, to)| self.scale.nanos_between(from, to);
        if let Some(interval) = event.poll() {
            series.poll(nanos(interval), slow_poll);
        }
        if let Some((outcome, lived)) = event.ended() {
            let nanos = match lived {
                TaskDuration::Ticks(interval) => nanos(interval),
                TaskDuration::Nanos(nanos) => nanos,
            };
            series.end(outcome, nanos);
        }
        if let Some(interval) = event.schedule() {
            series.schedule(nanos(interval));
        }
    }
}
