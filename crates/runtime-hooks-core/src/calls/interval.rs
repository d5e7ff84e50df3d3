//! Ticks, on any runtime's timer.

use std::time::{Duration, Instant};

use crate::RuntimeHooks;

/// A tick every period: made by [`interval`](crate::RuntimeHooksExt::interval).
///
/// Ticks keep to the rhythm of the first. Those that were missed are left out, not made up for in a
/// burst.
#[derive(Debug)]
#[must_use = "an interval ticks only when asked: call `tick`"]
pub struct Interval<R> {
    runtime: R,
    period: Duration,
    next: Instant,
}

impl<R: RuntimeHooks> Interval<R> {
    #[track_caller]
    pub(crate) fn new(runtime: R, period: Duration) -> Self {
        assert!(period > Duration::ZERO, "an interval's period must be above 0, got {period:?}");
        let next = runtime.now();
        Self { runtime, period, next }
    }

    /// Completes at the next tick; the first time at once. Returns when the tick was due.
    ///
    /// Cancel safe: a tick that was waited for and not taken comes again.
    pub async fn tick(&mut self) -> Instant {
        let now = self.runtime.now();
        if self.next > now {
            self.runtime.sleep(self.next - now).await;
        }
        let due = self.next;
        self.next = following(due, self.period, self.runtime.now());
        due
    }

    /// The time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }
}

/// The first tick of the rhythm after both `due` and `now`.
fn following(due: Instant, period: Duration, now: Instant) -> Instant {
    let late = now.saturating_duration_since(due).as_nanos();
    let missed = late / period.as_nanos();
    let step = u64::try_from(period.as_nanos() * (missed + 1)).unwrap_or(u64::MAX);
    due + Duration::from_nanos(step)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn missed_ticks_are_left_out_and_the_rhythm_is_kept() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let period = Duration::from_millis(10);
        for (due, now, next) in [(0, 0, 10), (0, 9, 10), (0, 10, 20), (10, 47, 50), (10, 3, 20)] {
            assert_eq!(following(at(due), period, at(now)), at(next), "due {due}, now {now}");
        }
    }
}
