//! How many incidents are told: a program that is slow everywhere must not drown in telling so.

use std::sync::Mutex;

use runtime_hooks_recorder::internals::lock;

use super::report::MAX_INCIDENTS_PER_SECOND;

const SECOND: u64 = 1_000_000_000;

/// Lets so many through a second, and counts the rest. It is asked for incidents alone, so it may lock.
#[derive(Debug, Default)]
pub(super) struct Limit(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    /// In nanoseconds, on whatever clock.
    since: u64,
    told: u32,
    left_out: u64,
}

impl Limit {
    /// `None` if this one is not to be told, else how many were not before it.
    pub(super) fn pass(&self, now: u64) -> Option<u64> {
        let mut window = lock(&self.0)?;
        if now.saturating_sub(window.since) >= SECOND {
            window.since = now;
            window.told = 0;
        }
        if window.told == MAX_INCIDENTS_PER_SECOND {
            window.left_out += 1;
            return None;
        }
        window.told += 1;
        Some(std::mem::take(&mut window.left_out))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second_and_the_rest_is_counted() {
        let limit = Limit::default();
        let told = |now| (0..25).filter_map(|_| limit.pass(now)).collect::<Vec<_>>();
        assert_eq!(told(5), [0; 10]);
        assert_eq!(told(SECOND - 1), []);
        assert_eq!(told(SECOND), [15 + 25, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(told(3 * SECOND)[0], 15);
    }
}
