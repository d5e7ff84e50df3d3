//! Series by the name that the program gives, looked up without an allocation.

use std::collections::HashMap;
use std::sync::Arc;

use super::series_id::SeriesId;
use crate::series_key::SeriesKey;
use crate::state::Kind;

/// The series of given names.
#[derive(Debug, Default)]
pub(super) struct NameIndex(HashMap<Arc<str>, Vec<(Kind, &'static str, SeriesId)>>);

impl NameIndex {
    pub(super) fn get(&self, kind: Kind, name: &str, runtime: &str) -> Option<SeriesId> {
        let of_name = self.0.get(name)?.iter();
        let mut found = of_name.filter(|(of, on, _)| *of == kind && *on == runtime);
        found.next().map(|(.., id)| *id)
    }

    /// Adds a series, unless the program did not give it its name.
    pub(super) fn insert(&mut self, key: &SeriesKey, id: SeriesId) {
        if let Some(name) = key.given_name() {
            self.0.entry(name).or_default().push((key.kind(), key.runtime(), id));
        }
    }
}
