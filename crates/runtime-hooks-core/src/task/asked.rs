//! Which task dump asks a task.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the dump that asks the task; 0 if none does. Relaxed: the runtime orders a wake before the poll that it
/// causes.
#[derive(Debug, Default)]
pub(super) struct Asked(AtomicU64);

impl Asked {
    pub(super) fn set(&self, dump: u64) {
        self.0.store(dump, Ordering::Relaxed);
    }

    /// Resets it.
    pub(super) fn take(&self) -> Option<u64> {
        match self.0.swap(0, Ordering::Relaxed) {
            0 => None,
            dump => Some(dump),
        }
    }
}

impl Clone for Asked {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}
