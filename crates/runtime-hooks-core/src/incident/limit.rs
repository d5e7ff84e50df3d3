//! Limits the rate of reported incidents, so that a program that is slow everywhere does not flood its log.

use std::sync::Mutex;

use runtime_hooks_recorder::internals::lock;

use super::report::MAX_INCIDENTS_PER_SECOND;

const SECOND: u64 = 1_000_000_000;

/// Admits a number of incidents per second and counts the rest. It is used for incidents only, so it may lock.
#[derive(Debug, Default)]
pub(super) struct Limit(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    /// In nanoseconds, on any clock.
    since: u64,
    reported: u32,
    dropped: u64,
}

impl Limit {
    /// `None` if this incident is dropped, else the number of dropped incidents before it.
    pub(super) fn admit(&self, now: u64) -> Option<u64> {
        let mut window = lock(&self.0)?;
        if now.saturating_sub(window.since) >= SECOND {
            window.since = now;
            window.reported = 0;
        }
        if window.reported == MAX_INCIDENTS_PER_SECOND {
            window.dropped += 1;
            return None;
        }
        window.reported += 1;
        Some(std::mem::take(&mut window.dropped))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_limited_number_per_second_passes_and_the_rest_is_counted() {
        let limit = Limit::default();
        let reported = |now| (0..25).filter_map(|_| limit.admit(now)).collect::<Vec<_>>();
        assert_eq!(reported(5), [0; 10]);
        assert_eq!(reported(SECOND - 1), []);
        assert_eq!(reported(SECOND), [15 + 25, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(reported(3 * SECOND)[0], 15);
    }
}
