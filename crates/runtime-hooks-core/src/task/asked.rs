//! Whether a task dump asks a task, or has woken it.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the dump that asks the task, 0 if none does, above a bit that says whether a dump has woken the task.
/// Relaxed: the runtime orders a wake before the poll that it causes.
#[derive(Debug, Default)]
pub(super) struct Asked(AtomicU64);

const WOKEN: u64 = 1;

impl Asked {
    pub(super) fn set(&self, dump: u64) {
        self.0.store(dump << 1 | WOKEN, Ordering::Relaxed);
    }

    /// A dump wakes the task through one inside it.
    pub(super) fn set_woken(&self) {
        self.0.fetch_or(WOKEN, Ordering::Relaxed);
    }

    /// The number of the dump. Resets it.
    pub(super) fn take(&self) -> Option<u64> {
        match self.0.fetch_and(WOKEN, Ordering::Relaxed) >> 1 {
            0 => None,
            dump => Some(dump),
        }
    }

    /// Whether a dump has woken the task. Resets it.
    pub(super) fn take_woken(&self) -> bool {
        self.0.fetch_and(!WOKEN, Ordering::Relaxed) & WOKEN != 0
    }
}

impl Clone for Asked {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}
