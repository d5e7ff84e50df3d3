//! The sets of a recorder. A thread uses the first that is free, so that threads rarely wait for each other, and memory
//! does not grow with the number of threads.

use super::set::Set;
use crate::sync::{Mutex, MutexGuard, try_lock, wait_for};

/// Each set is behind a lock that is held while a chunk is folded, or while one series is read: some microseconds.
#[derive(Debug)]
pub(crate) struct Sets(Box<[Mutex<Set>]>);

/// The number of sets for this many processors: as many as threads can fold at once, twice over, and 8 at most.
pub(crate) fn sets_for(processors: usize) -> usize {
    processors.saturating_mul(2).clamp(2, 8)
}

impl Sets {
    pub(crate) fn new(number: usize) -> Self {
        Self((0..number).map(|_| Mutex::default()).collect())
    }

    /// The first set that is free, beginning with `first`; `None` if all are in use.
    #[inline]
    pub(crate) fn try_any(&self, first: usize) -> Option<MutexGuard<'_, Set>> {
        let number = self.0.len();
        (0..number).find_map(|next| try_lock(&self.0[(first + next) % number]))
    }

    /// As [`try_any`](Self::try_any), but waits until one is free. It waits for any set, since the calling thread may
    /// hold one: an allocator that records tasks is called while a set grows.
    ///
    /// `None` if all locks stay held after a fork.
    #[inline]
    pub(crate) fn wait_for_any(&self, first: usize) -> Option<MutexGuard<'_, Set>> {
        wait_for(|| self.try_any(first))
    }

    /// All locks, for readers. A reader holds one at a time.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mutex<Set>> {
        self.0.iter()
    }
}

#[cfg(all(test, unix, not(loom)))]
impl Sets {
    pub(crate) fn while_locked(&self, during: &mut dyn FnMut()) {
        let all: Option<Vec<_>> = self.iter().map(try_lock).collect();
        crate::recorder::fork_tests::hold(all, during);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn there_are_twice_as_many_sets_as_processors_and_eight_at_most() {
        let numbers = [1, 2, 3, 4, 64, usize::MAX].map(sets_for);
        assert_eq!(numbers, [2, 4, 6, 8, 8, 8]);
    }

    #[test]
    fn a_thread_takes_the_first_set_that_is_free() {
        let sets = Sets::new(2);
        let one = sets.try_any(1).unwrap();
        let other = sets.try_any(1).unwrap();
        assert!(sets.try_any(1).is_none() && sets.try_any(0).is_none());
        drop(one);
        assert!(sets.wait_for_any(0).is_some());
        drop(other);
    }
}
