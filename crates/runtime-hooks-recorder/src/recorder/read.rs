//! Reads series from the aggregates: first the ends of all of them, then their starts.

use std::vec;

use super::aggregate::Part;
use super::inner::Inner;
use super::pending_extremes::{CursorId, NewExtremes};
use super::series::Series;
use super::series_id::SeriesId;
use super::snapshot::SeriesSnapshot;
use crate::series_key::SeriesKey;
use crate::state::Kind;
use crate::sync::lock;

/// Reads some series, in order.
///
/// All published events are folded. Then the ends of all series are read, and after that their starts. So for each end
/// that is read, its start is read too: it was counted before the end was published. Everything else is read when a
/// series is asked for.
///
/// A set of aggregates is locked for one series at a time.
pub(crate) struct Reader<'i> {
    inner: &'i Inner,
    cursor: Option<CursorId>,
    /// The series with their ends and starts.
    rest: vec::IntoIter<(SeriesId, SeriesSnapshot, Vec<NewExtremes>)>,
}

impl<'i> Reader<'i> {
    /// Reads for a cursor, which gets the extremes since its last read, or without one.
    pub(super) fn new<'s>(
        inner: &'i Inner,
        cursor: Option<CursorId>,
        series: impl Iterator<Item = (SeriesId, &'s Series)>,
    ) -> Self {
        inner.log.fold_all();
        let ends = |(id, series): (_, &Series)| {
            let mut snapshot = SeriesSnapshot::empty(series.key.clone());
            let extremes = inner.read(Part::Ended, id, &mut snapshot, cursor);
            (id, snapshot, extremes)
        };
        let mut all: Vec<_> = series.map(ends).collect();
        let starts = inner.log.rings.starts(all.last().map_or(0, |(id, ..)| id.index() + 1));
        all.iter_mut().for_each(|(id, snapshot, _)| snapshot.spawned = starts[id.index()]);
        Self { inner, cursor, rest: all.into_iter() }
    }
}

impl Iterator for Reader<'_> {
    /// A series, and the extremes of its histograms since the cursor last read it.
    type Item = (SeriesSnapshot, Vec<NewExtremes>);

    fn next(&mut self) -> Option<Self::Item> {
        let (id, mut snapshot, mut extremes) = self.rest.next()?;
        extremes.extend(self.inner.read(Part::Rest, id, &mut snapshot, self.cursor));
        if snapshot.key.kind() == Kind::Blocking {
            // No run of a closure is a slow poll: it occupies no worker.
            snapshot.slow_polls = 0;
        }
        snapshot.stalls = self.inner.stalls.of(id);
        snapshot.refused = if snapshot.key.is_overflow() { snapshot.spawned } else { 0 };
        Some((snapshot, extremes))
    }
}

/// A caller can stop early or panic. The extremes of the series that it has not read go back.
impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(cursor) = self.cursor else { return };
        if self.rest.as_slice().is_empty() {
            return;
        }
        let Some(mut pending) = lock(&self.inner.pending_extremes) else { return };
        for (id, _, extremes) in self.rest.by_ref() {
            extremes.into_iter().for_each(|new| pending.put_back(cursor, id, new));
        }
    }
}

impl Inner {
    /// Reads all series, in order.
    pub(super) fn reader(&self, cursor: Option<CursorId>) -> Reader<'_> {
        let all = self.series.all();
        let with_ids = all.iter().enumerate().map(|(index, s)| (SeriesId::at(index), &**s));
        Reader::new(self, cursor, with_ids)
    }

    /// Reads one series; `None` if there is no such series.
    pub(super) fn read_one(&self, key: &SeriesKey) -> Option<SeriesSnapshot> {
        let all = self.series.all();
        let (index, series) = all.iter().enumerate().find(|(_, series)| series.key == *key)?;
        let one = std::iter::once((SeriesId::at(index), &**series));
        Some(Reader::new(self, None, one).next()?.0)
    }

    /// Adds a part of a series to a snapshot. For a cursor it also returns the extremes of that part, and stores them
    /// for the other cursors.
    fn read(
        &self,
        part: Part,
        id: SeriesId,
        into: &mut SeriesSnapshot,
        cursor: Option<CursorId>,
    ) -> Vec<NewExtremes> {
        // Held meanwhile, so that each cursor gets the extremes of exactly those durations that it reads. If it stays
        // locked after a fork, extremes come late, nothing else.
        let mut pending = cursor.and_then(|cursor| Some((cursor, lock(&self.pending_extremes)?)));
        for set in self.log.sets.iter() {
            let Some(mut set) = lock(set) else { continue };
            let Some(series) = set.get_mut(id) else { continue };
            series.read(part, into, &self.outcomes);
            if let Some((_, pending)) = &mut pending {
                series.take_extremes(part, &self.outcomes, |widest| pending.keep(id, widest));
            }
        }
        pending.map_or_else(Vec::new, |(cursor, mut pending)| pending.take(cursor, id, part))
    }
}
