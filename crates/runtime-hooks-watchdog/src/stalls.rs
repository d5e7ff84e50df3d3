//! Which threads are held, and since when: a pure function of what each look sees.

use std::collections::HashMap;
use std::time::Duration;

/// What a look sees of a thread: the numbers of its outermost and its innermost poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) place: u32,
    pub(crate) outer: u64,
    pub(crate) inner: Option<u64>,
}

/// A stall to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// For how long the poll was seen.
    pub(crate) held: Duration,
    /// Whether it is reported for the first time.
    pub(crate) is_first: bool,
    /// Whether the innermost poll is to blame. Else the outermost one polls one after the other.
    pub(crate) is_inner: bool,
}

/// All polls that were seen before.
#[derive(Debug)]
pub(crate) struct Stalls {
    threshold: Duration,
    seen: HashMap<u32, Seen>,
    looks: u64,
}

#[derive(Debug)]
struct Seen {
    outer: u64,
    held: Duration,
    inner: Option<u64>,
    inner_held: Duration,
    /// When it is reported next.
    next: Duration,
    look: u64,
}

/// A stall that goes on is reported again after this many times the duration of the last report.
const AGAIN: u32 = 10;

impl Stalls {
    pub(crate) fn new(threshold: Duration) -> Self {
        Self { threshold, seen: HashMap::new(), looks: 0 }
    }

    /// A new look starts.
    pub(crate) fn start_look(&mut self) {
        self.looks += 1;
    }

    /// A thread as this look sees it. `held` tells for how much of the time since the last look it was held. It is called
    /// only for a poll that was seen before.
    pub(crate) fn see(&mut self, sight: Sight, held: impl FnOnce() -> Duration) -> Option<Due> {
        let Sight { place, outer, inner } = sight;
        let (threshold, look) = (self.threshold, self.looks);
        let new = Seen {
            outer,
            held: Duration::ZERO,
            inner,
            inner_held: Duration::ZERO,
            next: threshold,
            look,
        };
        let seen = self.seen.entry(place).or_insert(new);
        if seen.look == look {
            return None;
        }
        if seen.outer != outer {
            let next = threshold;
            *seen =
                Seen { outer, held: Duration::ZERO, inner, inner_held: Duration::ZERO, next, look };
            return None;
        }
        let held = held();
        seen.held += held;
        seen.inner_held = if inner.is_some() && inner == seen.inner {
            seen.inner_held + held
        } else {
            Duration::ZERO
        };
        (seen.inner, seen.look) = (inner, look);
        if seen.held < seen.next {
            return None;
        }
        let is_first = seen.next == threshold;
        seen.next = seen.held.saturating_mul(AGAIN);
        Some(Due { held: seen.held, is_first, is_inner: seen.inner_held >= threshold / 2 })
    }

    /// The look is over: polls that it has not seen have ended. Returns the places of their threads.
    pub(crate) fn end_look(&mut self) -> Vec<u32> {
        let look = self.looks;
        let gone = self.seen.iter().filter(|(_, seen)| seen.look != look).map(|(place, _)| *place);
        let gone: Vec<u32> = gone.collect();
        self.seen.retain(|_, seen| seen.look == look);
        gone
    }

    /// Whether a poll was seen for half of the threshold.
    pub(crate) fn is_any_suspicious(&self) -> bool {
        self.seen.values().any(|seen| seen.held >= self.threshold / 2)
    }

    /// For how long the poll of this thread was seen.
    pub(crate) fn held(&self, place: u32) -> Duration {
        self.seen.get(&place).map_or(Duration::ZERO, |seen| seen.held)
    }
}

/// In whole milliseconds: a look sees no more.
pub(crate) fn rounded(held: Duration) -> Duration {
    Duration::from_millis(u64::try_from(held.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(10);

    const fn sight(outer: u64, inner: Option<u64>) -> Sight {
        Sight { place: 3, outer, inner }
    }

    /// What is due in each of these looks, which are 10 ms apart.
    fn due(sights: impl IntoIterator<Item = Option<Sight>>) -> Vec<(usize, u128, bool, bool)> {
        let mut stalls = Stalls::new(10 * STEP);
        let mut found = Vec::new();
        for (at, sight) in sights.into_iter().enumerate() {
            stalls.start_look();
            if let Some(due) = sight.and_then(|sight| stalls.see(sight, || STEP)) {
                found.push((at, due.held.as_millis(), due.is_first, due.is_inner));
            }
            stalls.end_look();
        }
        found
    }

    #[test]
    fn a_poll_is_due_at_the_threshold_and_again_at_ten_times_that() {
        let looks = (0..1_002).map(|_| Some(sight(1, None)));
        let expected =
            [(10, 100, true, false), (100, 1_000, false, false), (1_000, 10_000, false, false)];
        assert_eq!(due(looks), expected);
    }

    #[test]
    fn a_poll_that_ends_and_one_that_follows_it_are_not_one() {
        let other = (0..100).map(|at| Some(sight(1 + at / 10, None)));
        assert_eq!(due(other), []);
        let with_a_gap = (0..100).map(|at| (at % 10 != 9).then_some(sight(1, None)));
        assert_eq!(due(with_a_gap), []);
    }

    #[test]
    fn the_innermost_poll_is_to_blame_if_it_was_there_for_half_of_the_threshold() {
        let inside = |from, number: fn(u64) -> u64| {
            (0..11).map(move |at| Some(sight(1, (at >= from).then(|| number(at)))))
        };
        assert_eq!(due(inside(5, |_| 7)), [(10, 100, true, true)]);
        assert_eq!(due(inside(6, |_| 7)), [(10, 100, true, false)]);
        // One after the other: the outer one polls them without end.
        assert_eq!(due(inside(0, |at| at)), [(10, 100, true, false)]);
    }

    #[test]
    fn time_that_a_thread_had_no_processor_does_not_count() {
        let mut stalls = Stalls::new(10 * STEP);
        for look in 0..1_000_u32 {
            stalls.start_look();
            let held = if look % 100 == 50 { STEP } else { Duration::ZERO };
            assert_eq!(stalls.see(sight(1, None), || held).is_some(), look == 950);
            assert_eq!(stalls.is_any_suspicious(), look >= 450);
            assert_eq!(stalls.held(3), (look + 50) / 100 * STEP);
            assert!(stalls.end_look().is_empty());
        }
        stalls.start_look();
        assert_eq!(stalls.end_look(), [3]);
    }
}
