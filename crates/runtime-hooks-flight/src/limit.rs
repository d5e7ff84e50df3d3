//! Limits how often something is done, for any number of threads, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Admits one at most in each interval.
#[derive(Debug)]
pub(crate) struct Limit {
    start: Instant,
    interval: Duration,
    /// The nanosecond, since `start`, from which the next one is admitted.
    next: AtomicU64,
}

impl Limit {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { start: Instant::now(), interval, next: AtomicU64::new(0) }
    }

    pub(crate) fn admits(&self) -> bool {
        self.admits_at(self.start.elapsed())
    }

    /// Relaxed: a limit, not a message.
    fn admits_at(&self, now: Duration) -> bool {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        if nanos(now) < next {
            return false;
        }
        let after = nanos(now.saturating_add(self.interval));
        self.next.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_admitted_in_each_interval() {
        let limit = Limit::new(Duration::from_secs(10));
        let admitted: Vec<_> =
            (0..40).filter(|second| limit.admits_at(Duration::from_secs(*second))).collect();
        assert_eq!(admitted, [0, 10, 20, 30]);
        let always = Limit::new(Duration::ZERO);
        assert!((0..3).all(|_| always.admits_at(Duration::from_secs(1))));
    }

    #[test]
    fn one_of_many_threads_is_admitted() {
        let limit = Limit::new(Duration::from_secs(1_000));
        let admitted = std::thread::scope(|scope| {
            let threads =
                [(); 4].map(|()| scope.spawn(|| (0..1_000).filter(|_| limit.admits()).count()));
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(admitted, 1);
    }
}
