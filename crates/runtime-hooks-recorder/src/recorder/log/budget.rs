//! How much memory the rings of a recorder may take.

use super::chunk::BYTES;
use crate::sync::{AtomicU64, Ordering};

/// Counts the chunks of all rings of a recorder.
///
/// Each ring needs one chunk. It takes a further one if the last is full while all sets are in use, but only while less
/// than half of the budget is taken, and a 32nd of it at most. So a thread that starts later finds a first one.
///
/// The flight record has a budget of its own. A ring takes that share of it which two threads per processor would have.
#[derive(Debug)]
pub(crate) struct Budget {
    most: u64,
    taken: AtomicU64,
    flight: AtomicU64,
    flight_taken: AtomicU64,
    rings: u64,
}

impl Budget {
    /// A budget in bytes, without a flight record.
    pub(crate) fn new(bytes: u64, processors: usize) -> Self {
        let rings = 2 * processors.max(1) as u64;
        let (taken, flight) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { most: bytes / BYTES, taken, flight, flight_taken: AtomicU64::new(0), rings }
    }

    /// Takes a chunk for a ring that has `chunks`.
    pub(super) fn take_for(&self, chunks: usize) -> bool {
        match chunks as u64 {
            0 => take(&self.taken, self.most),
            chunks => chunks < self.most / 32 && take(&self.taken, self.most / 2),
        }
    }

    /// Sets how many bytes the flight record may take. Relaxed, as everywhere in this file: limits, not messages.
    pub(crate) fn set_flight(&self, bytes: u64) {
        self.flight.store(bytes / BYTES, Ordering::Relaxed);
    }

    /// How many bytes the flight record may take.
    pub(crate) fn flight(&self) -> u64 {
        self.flight.load(Ordering::Relaxed) * BYTES
    }

    /// Takes a chunk of the flight record for a ring that has `chunks`.
    pub(super) fn take_flight_for(&self, chunks: usize) -> bool {
        let flight = self.flight.load(Ordering::Relaxed);
        (chunks as u64) <= flight / self.rings && take(&self.flight_taken, flight)
    }

    /// Whether a ring that has `chunks` gives one back, because the flight record has become smaller.
    pub(super) fn give_flight_back(&self, chunks: usize) -> bool {
        let flight = self.flight.load(Ordering::Relaxed);
        if chunks < 2 || self.flight_taken.load(Ordering::Relaxed) <= flight {
            return false;
        }
        let less = |taken: u64| (taken > flight).then(|| taken - 1);
        self.flight_taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Takes a chunk if fewer than `most` are taken.
fn take(taken: &AtomicU64, most: u64) -> bool {
    let more = |taken: u64| (taken < most).then_some(taken + 1);
    taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn further_chunks_take_half_of_the_budget_and_one_ring_a_32nd() {
        let budget = Budget::new(64 * BYTES, 2);
        assert!(budget.take_for(0) && budget.take_for(1));
        assert!(!budget.take_for(2));
        (0..15).for_each(|_| assert!(budget.take_for(0) && budget.take_for(1)));
        assert!(!budget.take_for(1));
        (0..32).for_each(|_| assert!(budget.take_for(0)));
        assert!(!budget.take_for(0));
    }

    #[test]
    fn a_budget_below_one_chunk_allows_none() {
        assert!(!Budget::new(BYTES - 1, 2).take_for(0));
    }

    #[test]
    fn a_ring_takes_its_share_of_the_flight_record_and_gives_it_back() {
        let budget = Budget::new(64 * BYTES, 2);
        assert!(!budget.take_flight_for(1));
        budget.set_flight(16 * BYTES + 1);
        assert_eq!(budget.flight(), 16 * BYTES);
        // The first chunk of a ring is not of the flight record.
        (1..=4).for_each(|chunks| assert!(budget.take_flight_for(chunks)));
        assert!(!budget.take_flight_for(5));
        (0..12).for_each(|_| assert!(budget.take_flight_for(1)));
        assert!(!budget.take_flight_for(1));
        assert!(!budget.give_flight_back(5));
        budget.set_flight(14 * BYTES);
        assert!(!budget.give_flight_back(1));
        assert!(budget.give_flight_back(2) && budget.give_flight_back(5));
        assert!(!budget.give_flight_back(5));
    }
}
