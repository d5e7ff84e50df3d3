//! A clock for tests.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Clock;
use super::manual_time::{ManualTime, saturating_nanos};
use crate::sync::Ordering;

/// Controls a clock that moves only by hand, for tests that assert exact durations.
///
/// See [`Clock`] for an example.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<ManualTime>);

impl ManualClock {
    /// Creates a clock at 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a clock that advances by `step` at each reading, so that each interval between two readings is above 0,
    /// on any threads.
    pub fn stepping(step: Duration) -> Self {
        let clock = Self::new();
        clock.0.step.store(saturating_nanos(step), Ordering::Relaxed);
        clock
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        self.0.now.fetch_add(saturating_nanos(by), Ordering::Relaxed);
    }

    /// Sets the clock back, to 0 at most. This simulates a reading on a thread whose counter is behind.
    pub fn rewind(&self, by: Duration) {
        let back = |now: u64| Some(now.saturating_sub(saturating_nanos(by)));
        let _ = self.0.now.fetch_update(Ordering::Relaxed, Ordering::Relaxed, back);
    }

    /// The time that the clock has advanced since it was created.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.0.now.load(Ordering::Relaxed))
    }

    /// The clock, for a recorder.
    pub fn clock(&self) -> Clock {
        Clock::manual(Arc::clone(&self.0))
    }
}
