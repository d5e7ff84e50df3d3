//! Numbers for outcomes: as events store them.

use crate::state::{Outcome, State};
use crate::sync::{Mutex, lock};

/// The fixed outcomes and 27 error types per recorder. Any further error type is counted as `_OTHER`, or as `timeout`
/// if it is a timeout.
pub(crate) const OUTCOMES: usize = 32;

const FIXED: [Outcome; 5] = [
    Outcome::FINISHED,
    Outcome::CANCELLED,
    Outcome::TIMEOUT,
    Outcome::PANIC,
    Outcome::exception("_OTHER"),
];

/// The number of an outcome in a recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutcomeId(u8);

impl OutcomeId {
    /// The number of bits.
    pub(crate) const BITS: u32 = OUTCOMES.ilog2();

    /// It returned.
    pub const FINISHED: Self = Self(0);
    /// It was dropped before it returned.
    pub const CANCELLED: Self = Self(1);
    /// Its deadline elapsed.
    pub const TIMEOUT: Self = Self(2);
    /// It panicked.
    pub const PANIC: Self = Self(3);
    /// An error type past the limit.
    pub const OTHER: Self = Self(4);

    /// The number in the lowest bits of a word.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
    pub(crate) const fn from_bits(word: u64) -> Self {
        Self((word % OUTCOMES as u64) as u8)
    }

    /// The number of an outcome that is no error, which is the same in every recorder.
    #[inline]
    pub fn of_no_error(outcome: Outcome) -> Option<Self> {
        match outcome.state() {
            State::Finished => Some(Self::FINISHED),
            State::Cancelled => Some(Self::CANCELLED),
            State::Timeout | State::Exception => None,
        }
    }

    /// The outcome of a number that is the same in every recorder; for any other number, some error.
    pub fn fixed(self) -> Outcome {
        FIXED[self.index().min(Self::OTHER.index())]
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The outcomes of a recorder, in the order in which they were first seen.
#[derive(Debug)]
pub(crate) struct Outcomes(Mutex<Vec<Outcome>>);

impl Outcomes {
    pub(crate) fn new() -> Self {
        // With all of its capacity, so that nothing is allocated under the lock.
        let mut outcomes = Vec::with_capacity(OUTCOMES);
        outcomes.extend(FIXED);
        Self(Mutex::new(outcomes))
    }

    pub(crate) fn get(&self, id: OutcomeId) -> Outcome {
        let index = id.index();
        let outcome = lock(&self.0).map(|outcomes| outcomes[index]);
        outcome.or_else(|| FIXED.get(index).copied()).unwrap_or(FIXED[OutcomeId::OTHER.index()])
    }

    pub(crate) fn intern(&self, outcome: Outcome) -> OutcomeId {
        let at = lock(&self.0).and_then(|mut outcomes| {
            outcomes.iter().position(|interned| *interned == outcome).or_else(|| {
                (outcomes.len() < OUTCOMES).then(|| {
                    outcomes.push(outcome);
                    outcomes.len() - 1
                })
            })
        });
        let other = match outcome.state() {
            State::Timeout => OutcomeId::TIMEOUT,
            State::Cancelled => OutcomeId::CANCELLED,
            _ => OutcomeId::OTHER,
        };
        at.and_then(|at| u8::try_from(at).ok()).map_or(other, OutcomeId)
    }
}

#[cfg(all(test, unix, not(loom)))]
impl Outcomes {
    pub(super) fn while_locked(&self, during: &mut dyn FnMut()) {
        super::fork_tests::hold(lock(&self.0), during);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_outcomes_have_their_numbers() {
        let outcomes = Outcomes::new();
        for (outcome, id) in [
            (Outcome::FINISHED, OutcomeId::FINISHED),
            (Outcome::CANCELLED, OutcomeId::CANCELLED),
            (Outcome::TIMEOUT, OutcomeId::TIMEOUT),
            (Outcome::PANIC, OutcomeId::PANIC),
        ] {
            assert_eq!(outcomes.intern(outcome), id);
            assert_eq!(outcomes.get(id), outcome);
        }
    }

    #[test]
    fn error_types_past_the_cap_are_counted_as_other() {
        let outcomes = Outcomes::new();
        let names: Vec<&'static str> = (0..40).map(|n| &*format!("E{n}").leak()).collect();
        let ids: Vec<_> =
            names.iter().map(|name| outcomes.intern(Outcome::exception(name))).collect();
        assert_eq!(ids.iter().filter(|id| **id == OutcomeId::OTHER).count(), 40 - (OUTCOMES - 5));
        assert_eq!(outcomes.intern(Outcome::exception("E0")), ids[0]);
        assert_eq!(outcomes.intern(Outcome::timeout("E0")), OutcomeId::TIMEOUT);
    }
}
