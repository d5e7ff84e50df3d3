//! The counts of a series.

use runtime_hooks_recorder::State;

/// Counts of tasks and polls, since the start or in a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) spawned: u64,
    /// In the order of [`State::ALL`].
    pub(crate) ended: [u64; 4],
    pub(crate) slow: u64,
    pub(crate) stalls: u64,
}

impl Totals {
    pub(crate) fn all_ended(&self) -> u64 {
        self.ended.iter().sum()
    }

    pub(crate) fn timeouts(&self) -> u64 {
        let is_timeout = |(state, _): &(&State, &u64)| **state == State::Timeout;
        State::ALL.iter().zip(&self.ended).find(is_timeout).map_or(0, |(_, ended)| *ended)
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            spawned: self.spawned - before.spawned,
            ended: std::array::from_fn(|state| self.ended[state] - before.ended[state]),
            slow: self.slow - before.slow,
            stalls: self.stalls - before.stalls,
        }
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.spawned += more.spawned;
        self.slow += more.slow;
        self.stalls += more.stalls;
        self.ended.iter_mut().zip(more.ended).for_each(|(ended, more)| *ended += more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_the_ends_of_that_state() {
        let ended = [State::Finished, State::Cancelled, State::Timeout, State::Exception]
            .map(|state| if state == State::Timeout { 7 } else { 1 });
        assert_eq!(Totals { ended, ..Totals::default() }.timeouts(), 7);
    }
}
