//! Periodic ticks on any runtime's timer.

use std::future::pending;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::hooks::{Mode, SendMode};

/// Ticks once per period: returned by [`interval`](crate::AsyncioExt::interval).
///
/// Ticks stay aligned with the first one. Missed ticks are skipped, not made up in a burst. A tick beyond the range
/// of the clock never comes.
#[derive(Debug)]
#[must_use = "an interval ticks only when asked: call `tick`"]
pub struct Interval<R, M = SendMode> {
    runtime: R,
    mode: PhantomData<fn() -> M>,
    period: Duration,
    /// `None` if the next tick is beyond the range of the clock: then it never comes.
    next: Option<Instant>,
}

impl<R, M: Mode<R>> Interval<R, M> {
    #[track_caller]
    pub(crate) fn new(runtime: R, period: Duration) -> Self {
        assert!(period > Duration::ZERO, "an interval's period must be above 0, got {period:?}");
        let next = Some(M::now(&runtime));
        Self { runtime, mode: PhantomData, period, next }
    }

    /// Completes at the next tick; the first call completes at once. Returns the instant at which the tick was due.
    ///
    /// Cancel safe: if the future is dropped, no tick is lost.
    pub async fn tick(&mut self) -> Instant {
        let Some(due) = self.next else { return pending().await };
        let now = M::now(&self.runtime);
        if due > now {
            M::sleep(&self.runtime, due - now).await;
        }
        self.next = following(due, self.period, M::now(&self.runtime));
        due
    }

    /// The time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }
}

/// The first tick after both `due` and `now` that is aligned with `due`.
fn following(due: Instant, period: Duration, now: Instant) -> Option<Instant> {
    const SECOND: u128 = Duration::from_secs(1).as_nanos();
    let late = now.saturating_duration_since(due).as_nanos();
    let missed = late / period.as_nanos();
    let step = period.as_nanos() * (missed + 1);
    let nanos = u32::try_from(step % SECOND).expect("less than a second");
    due.checked_add(Duration::new(u64::try_from(step / SECOND).ok()?, nanos))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn missed_ticks_are_skipped_and_ticks_stay_aligned() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let period = Duration::from_millis(10);
        for (due, now, next) in [(0, 0, 10), (0, 9, 10), (0, 10, 20), (10, 47, 50), (10, 3, 20)] {
            let following = following(at(due), period, at(now));
            assert_eq!(following, Some(at(next)), "due {due}, now {now}");
        }
    }

    #[test]
    fn a_tick_beyond_the_clock_never_comes() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let years = Duration::from_secs(600 * 365 * 24 * 3_600);
        assert_eq!(following(start, years, start), Some(start + years));
        assert_eq!(following(start, Duration::MAX, start), None);
        assert_eq!(following(start, Duration::MAX, start + second), None);
    }
}
