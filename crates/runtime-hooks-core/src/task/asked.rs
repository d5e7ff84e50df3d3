//! Whether a task dump asks a task, has woken it, or polls it.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the dump that asks the task, 0 if none does, above two bits that say whether a dump has woken the task,
/// and whether it is being polled for one. Relaxed: the runtime orders a wake before the poll that it causes.
#[derive(Debug, Default)]
pub(super) struct Asked(AtomicU64);

const WOKEN: u64 = 0b01;
const POLLED: u64 = 0b10;
const FLAGS: u32 = 2;

impl Asked {
    pub(super) fn set(&self, dump: u64) {
        let ask = |flags: u64| Some(dump << FLAGS | flags & POLLED | WOKEN);
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, ask);
    }

    /// A dump wakes the task through one inside it.
    pub(super) fn set_woken(&self) {
        self.0.fetch_or(WOKEN, Ordering::Relaxed);
    }

    /// The number of the dump. Resets it.
    pub(super) fn take(&self) -> Option<u64> {
        match self.0.fetch_and(WOKEN | POLLED, Ordering::Relaxed) >> FLAGS {
            0 => None,
            dump => Some(dump),
        }
    }

    /// The task is being polled for a dump, or no longer.
    pub(super) fn set_polled(&self, is_polled: bool) {
        if is_polled {
            self.0.fetch_or(POLLED, Ordering::Relaxed);
        } else {
            self.0.fetch_and(!POLLED, Ordering::Relaxed);
        }
    }

    pub(super) fn is_polled(&self) -> bool {
        self.0.load(Ordering::Relaxed) & POLLED != 0
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
