//! For how long a thread was really held: not while it had no processor.

use std::time::Duration;

#[cfg(target_os = "linux")]
use crate::proc_thread::{ProcThread, ProcessorTime, ThreadState};

/// The time of one thread, from look to look.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(crate) struct HeldTime {
    thread: Option<ProcThread>,
    before: Option<ProcessorTime>,
}

#[cfg(target_os = "linux")]
impl HeldTime {
    /// Of the thread with this number in the system.
    pub(crate) fn of(number: Option<u32>) -> Self {
        let thread = number.map(ProcThread::new);
        let before = thread.as_ref().and_then(ProcThread::processor_time);
        Self { thread, before }
    }

    /// For how much of the last `step` the thread was held. `None` if there is no such thread any more.
    pub(crate) fn of_step(&mut self, step: Duration) -> Option<Duration> {
        // Without the times of the system, only the time counts.
        let Some(thread) = self.thread.as_ref().filter(|_| self.before.is_some()) else {
            return Some(step);
        };
        let now = thread.processor_time()?;
        let before = self.before.replace(now).unwrap_or(now);
        let ran = now.ran.saturating_sub(before.ran);
        let waited = now.waited.saturating_sub(before.waited);
        Some(held(step, ProcessorTime { ran, waited }, || thread.state()))
    }
}

/// For how much of a step a thread was held, of which it ran and waited for a processor for so long.
///
/// The wait of a thread that is ready and has not run yet is not counted by the system until it runs.
#[cfg(target_os = "linux")]
fn held(
    step: Duration,
    time: ProcessorTime,
    state: impl FnOnce() -> Option<ThreadState>,
) -> Duration {
    let ProcessorTime { ran, waited } = time;
    let accounted = ran + waited;
    let is_known = accounted >= step / 4 * 3;
    if !is_known && state() == Some(ThreadState::Waits) {
        // It waits in the system, not for a processor.
        return step.saturating_sub(waited);
    }
    ran.min(step)
}

/// Without the system's help only the time counts, of which the watchdog itself has seen each step.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) struct HeldTime;

#[cfg(not(target_os = "linux"))]
impl HeldTime {
    pub(crate) fn of(_: Option<u32>) -> Self {
        Self
    }

    pub(crate) fn of_step(&mut self, step: Duration) -> Option<Duration> {
        Some(step)
    }
}

/// How much of the time since the last look counts. If the watchdog itself had no processor, neither had others.
pub(crate) fn step(elapsed: Duration, planned: Duration) -> Duration {
    elapsed.min(planned + planned / 2)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn only_time_on_a_processor_or_in_the_system_counts() {
        let of = |ran, waited, state| {
            held(ms(10), ProcessorTime { ran: ms(ran), waited: ms(waited) }, || state)
        };
        // It computes.
        assert_eq!(of(10, 0, None), ms(10));
        assert_eq!(of(12, 0, None), ms(10));
        assert_eq!(of(3, 7, None), ms(3));
        // It waits for a lock, a file, or a timer.
        assert_eq!(of(0, 0, Some(ThreadState::Waits)), ms(10));
        assert_eq!(of(1, 2, Some(ThreadState::Waits)), ms(8));
        // It is ready to run, and does not.
        assert_eq!(of(0, 0, Some(ThreadState::Runnable)), ms(0));
        assert_eq!(of(0, 10, Some(ThreadState::Runnable)), ms(0));
        assert_eq!(of(0, 3_000, None), ms(0));
        // It is stopped.
        assert_eq!(of(0, 0, Some(ThreadState::Stopped)), ms(0));
        assert_eq!(of(1, 0, None), ms(1));
    }

    #[test]
    fn a_late_look_counts_as_one_and_a_half() {
        assert_eq!(step(ms(11), ms(10)), ms(11));
        assert_eq!(step(ms(10_000), ms(10)), ms(15));
    }
}
