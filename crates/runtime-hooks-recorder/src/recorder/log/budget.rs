//! How much memory the rings of a recorder may take.

use super::chunk::BYTES;
use crate::sync::{AtomicU64, Ordering};

/// Counts the chunks of all rings of a recorder.
///
/// A ring takes a further chunk if the last is full while all sets are in use, but only while less than half of the budget
/// is taken, and a 32nd of it at most. So a thread that starts later finds a first one.
#[derive(Debug)]
pub(crate) struct Budget {
    most: u64,
    taken: AtomicU64,
}

impl Budget {
    /// A budget in bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        Self { most: bytes / BYTES, taken: AtomicU64::new(0) }
    }

    /// Takes a chunk for a ring that has `chunks`.
    pub(super) fn take_for(&self, chunks: usize) -> bool {
        match chunks as u64 {
            0 => self.take(self.most),
            chunks => chunks < self.most / 32 && self.take(self.most / 2),
        }
    }

    /// Takes a chunk if fewer than `most` are taken. Relaxed: a limit, not a message.
    fn take(&self, most: u64) -> bool {
        let more = |taken: u64| (taken < most).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn further_chunks_take_half_of_the_budget_and_one_ring_a_32nd() {
        let budget = Budget::new(64 * BYTES);
        assert!(budget.take_for(0) && budget.take_for(1));
        assert!(!budget.take_for(2));
        (0..15).for_each(|_| assert!(budget.take_for(0) && budget.take_for(1)));
        assert!(!budget.take_for(1));
        (0..32).for_each(|_| assert!(budget.take_for(0)));
        assert!(!budget.take_for(0));
    }

    #[test]
    fn a_budget_below_one_chunk_allows_none() {
        assert!(!Budget::new(BYTES - 1).take_for(0));
    }
}
