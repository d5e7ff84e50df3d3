//! Time that moves only by hand.

use std::time::Duration;

use crate::sync::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(super) struct ManualTime {
    pub(super) now: AtomicU64,
    pub(super) step: AtomicU64,
}

impl ManualTime {
    pub(super) fn read(&self) -> u64 {
        // Relaxed: a test that needs an order between threads makes one.
        match self.step.load(Ordering::Relaxed) {
            0 => self.now.load(Ordering::Relaxed),
            step => self.now.fetch_add(step, Ordering::Relaxed).wrapping_add(step),
        }
    }
}

/// Whole nanoseconds; saturates at `u64::MAX` (584 years).
pub(crate) fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
