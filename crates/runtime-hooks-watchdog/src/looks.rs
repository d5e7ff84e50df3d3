//! The looks at all threads, one after the other.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use runtime_hooks_core::Instrumentor;
use runtime_hooks_core::running::{RunningThread, threads};

use crate::held_time::{HeldTime, step};
use crate::pauses::Pauses;
use crate::report::Reports;
use crate::stalls::{Sight, Stalls};
use crate::starvation::Starvations;

/// Looks at all threads that poll tasks.
pub(crate) struct Looks {
    stalls: Stalls,
    /// Of the threads whose poll was seen before.
    times: HashMap<u32, HeldTime>,
    reports: Reports,
    starvations: Starvations,
    last: Instant,
    pauses: Pauses,
    pause: Duration,
}

impl Looks {
    pub(crate) fn new(threshold: Duration, reports: Reports) -> Self {
        let pauses = Pauses::new(threshold);
        Self {
            pause: pauses.next(false),
            pauses,
            stalls: Stalls::new(threshold),
            times: HashMap::new(),
            reports,
            starvations: Starvations::new(threshold),
            last: Instant::now(),
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
            let Some(held) = self.held(&thread, step) else { continue };
            if let Some(due) = self.stalls.see(sight, || held) {
                found.push((thread, due));
            }
        }
        for gone in self.stalls.end_look() {
            self.times.remove(&gone);
        }
        let took = start.elapsed();
        let is_suspicious = self.stalls.is_any_suspicious();
        for (thread, due) in found {
            self.reports.report(&thread, due, instrumentor);
        }
        self.starvations.look(&self.stalls, instrumentor);
        self.pauses.looked(took);
        self.pause = self.pauses.next(is_suspicious);
    }

    /// For how much of the last `step` a thread was held. `None` if it has ended, or is one of the parent of a forked process.
    fn held(&mut self, thread: &RunningThread, step: Duration) -> Option<Duration> {
        if let Some(time) = self.times.get_mut(&thread.place) {
            let held = time.of_step(step);
            if held.is_none() {
                self.times.remove(&thread.place);
            }
            return held;
        }
        // Also of a poll that is new: what comes after this look counts.
        let time = HeldTime::of(thread.identity()?.os_id);
        self.times.insert(thread.place, time);
        Some(Duration::ZERO)
    }
}
