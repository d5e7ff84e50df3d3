//! How long the watchdog waits between two looks, so that its thread takes 0.1 % of a processor.

use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::proc_thread::ProcThread;

/// The pauses of one watchdog.
#[derive(Debug)]
pub(crate) struct Pauses {
    threshold: Duration,
    /// What a look takes of a processor, with waking up.
    cost: Duration,
    looks: u32,
    /// The time of this thread when `looks` was 0.
    since: Option<Duration>,
    #[cfg(target_os = "linux")]
    thread: Option<ProcThread>,
}

/// While a poll is suspicious, the pause is this part of the threshold.
const PART: u32 = 10;
const MIN_PAUSE: Duration = Duration::from_millis(1);
const MAX_PAUSE: Duration = Duration::from_millis(10);
/// Else it is so many times as long as a look takes, but at most this part of the threshold.
const PAUSE_PER_LOOK: u32 = 1_000;
const MOST: u32 = 2;
/// What waking up takes of a processor, until it is known.
const WAKE: Duration = Duration::from_micros(30);
/// The cost is the average of so many looks.
const AVERAGE: u32 = 32;

impl Pauses {
    /// On the watchdog's thread, or before it starts.
    pub(crate) fn new(threshold: Duration) -> Self {
        Self {
            threshold,
            cost: WAKE,
            looks: 0,
            since: None,
            #[cfg(target_os = "linux")]
            thread: None,
        }
    }

    /// The next pause. `is_suspicious` if a poll was seen for half of the threshold.
    pub(crate) fn next(&self, is_suspicious: bool) -> Duration {
        let short = (self.threshold / PART).clamp(MIN_PAUSE, MAX_PAUSE);
        if is_suspicious { short } else { short.max(self.usual()) }
    }

    fn usual(&self) -> Duration {
        (self.cost * PAUSE_PER_LOOK).min(self.threshold / MOST)
    }

    /// A look took so long.
    pub(crate) fn looked(&mut self, took: Duration) {
        self.looks += 1;
        if self.looks < AVERAGE {
            return;
        }
        let ran = self.ran();
        let whole = ran.zip(self.since).map(|(ran, since)| ran.saturating_sub(since) / self.looks);
        self.cost = whole.unwrap_or(took + WAKE);
        (self.looks, self.since) = (0, ran);
    }

    /// How long this thread has run.
    #[cfg(target_os = "linux")]
    fn ran(&mut self) -> Option<Duration> {
        let thread = self.thread.get_or_insert_with(ProcThread::of_this_thread);
        thread.processor_time().map(|time| time.ran)
    }

    #[cfg(not(target_os = "linux"))]
    fn ran(&mut self) -> Option<Duration> {
        None
    }
}

/// When something is due that took so long, of which it may take as much of a processor.
pub(crate) fn due_after(took: Duration, at_least: Duration) -> Instant {
    Instant::now() + at_least.max(took * PAUSE_PER_LOOK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_follows_the_cost_of_a_look_and_is_short_while_a_poll_is_suspicious() {
        let (ms, us) = (Duration::from_millis, Duration::from_micros);
        let pauses = |threshold, cost| {
            let pauses = Pauses { cost, ..Pauses::new(threshold) };
            (pauses.next(false), pauses.next(true))
        };
        assert_eq!(pauses(ms(100), us(36)), (ms(36), ms(10)));
        assert_eq!(pauses(ms(100), us(5)), (ms(10), ms(10)));
        assert_eq!(pauses(ms(100), ms(3)), (ms(50), ms(10)));
        assert_eq!(pauses(ms(20), us(36)), (ms(10), ms(2)));
        assert_eq!(pauses(ms(5_000), us(36)), (ms(36), ms(10)));
    }

    #[test]
    fn the_cost_is_the_average_of_the_looks() {
        let mut pauses = Pauses::new(Duration::from_millis(100));
        (0..2 * AVERAGE).for_each(|_| pauses.looked(Duration::ZERO));
        // On Linux this thread has run for microseconds in these looks; elsewhere it is assumed.
        assert!(pauses.cost <= WAKE && pauses.looks == 0);
    }
}
