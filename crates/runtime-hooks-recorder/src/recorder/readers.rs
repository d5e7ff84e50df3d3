//! What each cursor has not read yet.

use std::collections::{BTreeMap, HashMap};

use super::snapshot::Measure;

/// The extremes of drain epochs, by series and histogram.
pub(super) type Extremes = HashMap<(usize, Measure), (u64, u64)>;

/// The extremes that each cursor has not read yet.
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
