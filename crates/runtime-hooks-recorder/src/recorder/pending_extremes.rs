//! What each cursor has not read yet.

use std::collections::{BTreeMap, HashMap};

use super::aggregate::Part;
use super::extremes::{Extremes, of_both};
use super::series_id::SeriesId;
use super::snapshot::Measure;

/// Identifies a cursor of a recorder.
pub(super) type CursorId = u64;

/// A histogram of a series, and the minimum and maximum that were recorded in it.
pub(super) type NewExtremes = (Measure, Extremes);

type Pending = HashMap<SeriesId, Vec<NewExtremes>>;

/// The extremes that each cursor has not read yet.
#[derive(Debug, Default)]
pub(super) struct PendingExtremes {
    next: CursorId,
    pending: BTreeMap<CursorId, Pending>,
}

impl PendingExtremes {
    pub(super) fn register(&mut self) -> CursorId {
        self.next += 1;
        self.pending.insert(self.next, HashMap::new());
        self.next
    }

    pub(super) fn deregister(&mut self, cursor: CursorId) {
        self.pending.remove(&cursor);
    }

    /// Stores extremes for every cursor.
    pub(super) fn keep(&mut self, series: SeriesId, new: NewExtremes) {
        self.pending.values_mut().for_each(|pending| add(pending, series, new));
    }

    /// Returns extremes that a cursor has taken, but not read.
    pub(super) fn put_back(&mut self, cursor: CursorId, series: SeriesId, new: NewExtremes) {
        if let Some(pending) = self.pending.get_mut(&cursor) {
            add(pending, series, new);
        }
    }

    /// Returns those that a cursor has not read, of a part of a series.
    pub(super) fn take(
        &mut self,
        cursor: CursorId,
        series: SeriesId,
        part: Part,
    ) -> Vec<NewExtremes> {
        let pending = self.pending.get_mut(&cursor).and_then(|all| all.get_mut(&series));
        let is_read = |widest: &mut NewExtremes| Part::of(widest.0) == part;
        pending.map_or_else(Vec::new, |all| all.extract_if(.., is_read).collect())
    }
}

fn add(pending: &mut Pending, series: SeriesId, (measure, new): NewExtremes) {
    let all = pending.entry(series).or_default();
    match all.iter_mut().find(|(known, _)| *known == measure) {
        Some((_, widest)) => *widest = of_both(*widest, new),
        None => all.push((measure, new)),
    }
}
