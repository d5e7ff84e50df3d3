//! All rings of a recorder. A thread that ends gives its ring back, for the next thread.

use std::sync::Arc;

use super::budget::Budget;
use super::ring::Ring;
use crate::sync::{Mutex, copy_of, lock};

#[derive(Debug)]
pub(crate) struct Rings {
    pub(super) budget: Budget,
    all: Mutex<Vec<Arc<Ring>>>,
    /// Those of threads that have ended.
    free: Mutex<Vec<Arc<Ring>>>,
}

impl Rings {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, all: Mutex::default(), free: Mutex::default() }
    }

    /// A ring for a thread; `None` if a lock stays held after a fork.
    pub(super) fn take(&self) -> Option<Arc<Ring>> {
        if let Some(ring) = lock(&self.free)?.pop() {
            return Some(ring);
        }
        let mut all = lock(&self.all)?;
        let ring = Arc::new(Ring::new(all.len()));
        all.push(Arc::clone(&ring));
        Some(ring)
    }

    /// Takes a ring back.
    pub(super) fn give_back(&self, ring: Arc<Ring>) {
        // If the lock stays held after a fork, no thread reuses the ring.
        if let Some(mut free) = lock(&self.free) {
            free.push(ring);
        }
    }

    /// How many tasks the threads with a ring have submitted, by series, for the first `number` of them.
    pub(crate) fn starts(&self, number: usize) -> Vec<u64> {
        let mut totals = vec![0; number];
        self.all().iter().for_each(|ring| ring.starts.read_into(&mut totals));
        totals
    }

    /// All rings, also those that no thread uses.
    pub(crate) fn all(&self) -> Vec<Arc<Ring>> {
        copy_of(&self.all, |all| all)
    }
}

#[cfg(all(test, unix, not(loom)))]
impl Rings {
    pub(crate) fn while_locked(&self, during: &mut dyn FnMut()) {
        crate::recorder::fork_tests::hold(lock(&self.all), during);
    }
}
