//! What each cursor has not read yet.

use std::collections::{BTreeMap, HashMap};

use super::snapshot::Measure;

/// The extremes of one drain epoch, by series and histogram.
pub(super) type Extremes = HashMap<(usize, Measure), (u64, u64)>;

/// What each cursor has not been told yet.
#[derive(Debug, Default)]
pub(super) struct Readers {
    next: u64,
    pub(super) pending: BTreeMap<u64, Extremes>,
}

impl Readers {
    pub(super) fn register(&mut self) -> u64 {
        self.next += 1;
        self.pending.insert(self.next, Extremes::new());
        self.next
    }
}
