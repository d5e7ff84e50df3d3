//! The names of a list of series that is full: a name that is not among them is refused without a lock.

use super::name_index::NameIndex;
use super::series_id::SeriesId;
use crate::series_key::{OVERFLOW_NAME, SeriesKey};
use crate::state::Kind;

/// A copy of the names, shared by all threads. It is valid until the list changes.
#[derive(Debug)]
pub(super) struct FullList {
    /// The length of the list that it is a copy of.
    pub(super) length: u64,
    names: NameIndex,
}

impl FullList {
    pub(super) fn new<'k>(keys: impl Iterator<Item = (&'k SeriesKey, SeriesId)>) -> Self {
        let (mut names, mut length) = (NameIndex::default(), 0);
        for (key, id) in keys {
            names.insert(key, id);
            length += 1;
        }
        Self { length, names }
    }

    /// The series of a name: its own, or the overflow series of its kind and runtime. `None` if that is not in the list
    /// yet.
    pub(super) fn series(&self, kind: Kind, name: &str, runtime: &str) -> Option<SeriesId> {
        let of = |name| self.names.get(kind, name, runtime);
        of(name).or_else(|| of(OVERFLOW_NAME))
    }
}
