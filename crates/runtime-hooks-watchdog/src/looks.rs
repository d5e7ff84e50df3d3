//! The looks at all threads, one after the other.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use runtime_hooks_core::Instrumentor;
use runtime_hooks_core::running::threads;

use crate::held_time::{HeldTime, step};
use crate::report::Reports;
use crate::stalls::{Sight, Stalls};
use crate::starvation::Starvations;

/// Looks at all threads that poll tasks.
pub(crate) struct Looks {
    threshold: Duration,
    stalls: Stalls,
    /// Of the threads whose poll was seen before.
    times: HashMap<u32, HeldTime>,
    reports: Reports,
    starvations: Starvations,
    last: Instant,
    pause: Duration,
}

/// The time between two looks is this part of the threshold, but not below or above these limits.
const PART: u32 = 10;
const MIN_PAUSE: Duration = Duration::from_millis(1);
const MAX_PAUSE: Duration = Duration::from_millis(10);
/// A pause is at least so many times as long as the look before it: 0.1 % of a processor.
const PAUSE_PER_LOOK: u32 = 1_000;

impl Looks {
    pub(crate) fn new(threshold: Duration, reports: Reports) -> Self {
        Self {
            threshold,
            stalls: Stalls::new(threshold),
            times: HashMap::new(),
            reports,
            starvations: Starvations::new(threshold),
            last: Instant::now(),
            pause: (threshold / PART).clamp(MIN_PAUSE, MAX_PAUSE),
        }
    }

    /// How long to wait before the next look.
    pub(crate) fn pause(&self) -> Duration {
        self.pause
    }

    /// Looks at all threads, and reports those that are held for too long.
    pub(crate) fn look(&mut self, instrumentor: &Instrumentor) {
        let start = Instant::now();
        let step = step(start.saturating_duration_since(self.last), self.pause);
        self.last = start;
        self.stalls.start_look();
        let mut found = Vec::new();
        for thread in threads() {
            let inner = thread.inner.map(|inner| inner.number);
            let sight = Sight { place: thread.place, outer: thread.outer.number, inner };
            let held = || {
                if let Some(time) = self.times.get_mut(&thread.place) {
                    return time.of_step(step);
                }
                let number = thread.identity().and_then(|identity| identity.os_id);
                self.times.insert(thread.place, HeldTime::of(number));
                Duration::ZERO
            };
            if let Some(due) = self.stalls.see(sight, held) {
                found.push((thread, due));
            }
        }
        for gone in self.stalls.end_look() {
            self.times.remove(&gone);
        }
        let took = start.elapsed();
        for (thread, due) in found {
            self.reports.report(&thread, due, instrumentor);
        }
        self.starvations.look(&self.stalls, instrumentor);
        self.pause = next_pause(self.threshold, took);
    }
}

/// The pause after a look that took so long.
fn next_pause(threshold: Duration, took: Duration) -> Duration {
    let usual = (threshold / PART).clamp(MIN_PAUSE, MAX_PAUSE);
    usual.max((took * PAUSE_PER_LOOK).min(threshold / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_follows_the_threshold_and_the_cost_of_a_look() {
        let (ms, us) = (Duration::from_millis, Duration::from_micros);
        assert_eq!(next_pause(ms(50), us(1)), ms(5));
        assert_eq!(next_pause(ms(5_000), us(1)), ms(10));
        assert_eq!(next_pause(ms(1), us(0)), ms(1));
        assert_eq!(next_pause(ms(100), us(20)), ms(20));
        assert_eq!(next_pause(ms(100), ms(3)), ms(50));
    }
}
