//! Beside a task: when it was woken, and what it carries. One allocation, only where asked for.

use std::fmt;
use std::sync::Arc;
use std::task::{Wake, Waker};

use super::tracer::Carried;
use crate::clock::Clock;
use crate::sync::{AtomicU64, Ordering};

/// Stamps the first wake after each poll and forwards it. The waker inside never changes: a task
/// that moves to another one gets a new node.
pub(crate) struct Node {
    /// One above the tick of the first wake since the last poll started; 0 is none.
    woke: AtomicU64,
    /// The tick at which the last poll ended: only then can a task be runnable again.
    paused: AtomicU64,
    clock: Clock,
    target: Waker,
    carried: Option<Arc<dyn Carried>>,
}

impl Node {
    /// For a task that has not been polled: nobody can wake it yet.
    pub(crate) fn carrying(carried: Arc<dyn Carried>, clock: Clock) -> Arc<Self> {
        Self::new(Some(carried), clock, Waker::noop().clone())
    }

    fn new(carried: Option<Arc<dyn Carried>>, clock: Clock, target: Waker) -> Arc<Self> {
        Arc::new(Self {
            woke: AtomicU64::new(0),
            paused: AtomicU64::new(0),
            clock,
            target,
            carried,
        })
    }

    /// The node to poll with: this one if it forwards to `waker`, else a new one.
    pub(crate) fn forwarding_to(
        node: Option<&Arc<Self>>,
        waker: &Waker,
        clock: impl FnOnce() -> Clock,
    ) -> Arc<Self> {
        match node {
            Some(node) if node.target.will_wake(waker) => Arc::clone(node),
            Some(node) => {
                let new = Self::new(node.carried.clone(), node.clock.clone(), waker.clone());
                new.woke.store(node.woke.load(Ordering::Relaxed), Ordering::Relaxed);
                new.paused.store(node.paused.load(Ordering::Relaxed), Ordering::Relaxed);
                new
            }
            None => Self::new(None, clock(), waker.clone()),
        }
    }

    pub(crate) fn carried(&self) -> Option<&Arc<dyn Carried>> {
        self.carried.as_ref()
    }

    /// Since when the task is runnable; forgets it. A wake that came while the task was still being
    /// polled counts from the end of that poll.
    ///
    /// Relaxed, as all here: the runtime orders a wake before the poll that it causes.
    pub(crate) fn take_runnable_since(&self) -> Option<u64> {
        match self.woke.swap(0, Ordering::Relaxed) {
            0 => None,
            woke => Some((woke - 1).max(self.paused.load(Ordering::Relaxed))),
        }
    }

    pub(crate) fn pause(&self, now: u64) {
        self.paused.store(now, Ordering::Relaxed);
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("woke", &self.woke).finish_non_exhaustive()
    }
}

impl Wake for Node {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.woke.load(Ordering::Relaxed) == 0 {
            let now = self.clock.now().saturating_add(1);
            // The first of several wakes counts.
            let _ = self.woke.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        }
        self.target.wake_by_ref();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::ManualClock;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn every_wake_is_forwarded_and_the_first_is_stamped() {
        let (time, counter) = (ManualClock::new(), Arc::<Counter>::default());
        let waker = Waker::from(Arc::clone(&counter));
        let node = Node::forwarding_to(None, &waker, || time.clock());
        let stamped = Waker::from(Arc::clone(&node));
        for _ in 0..3 {
            time.advance(Duration::from_nanos(10));
            stamped.wake_by_ref();
        }
        assert_eq!(counter.0.load(Ordering::Relaxed), 3);
        assert_eq!(node.take_runnable_since(), Some(10));
        assert_eq!(node.take_runnable_since(), None);
    }

    #[test]
    fn a_wake_during_a_poll_counts_from_its_end() {
        let time = ManualClock::new();
        let node = Node::forwarding_to(None, Waker::noop(), || time.clock());
        time.advance(Duration::from_nanos(10));
        Waker::from(Arc::clone(&node)).wake();
        node.pause(25);
        assert_eq!(node.take_runnable_since(), Some(25));
    }

    #[test]
    fn a_task_that_moves_to_another_waker_gets_a_new_node_with_its_stamps() {
        let (time, counter) = (ManualClock::new(), Arc::<Counter>::default());
        time.advance(Duration::from_nanos(5));
        let old = Node::forwarding_to(None, Waker::noop(), || time.clock());
        Waker::from(Arc::clone(&old)).wake();
        let waker = Waker::from(Arc::clone(&counter));
        let new = Node::forwarding_to(Some(&old), &waker, || unreachable!());
        assert!(!Arc::ptr_eq(&old, &new));
        assert_eq!(new.take_runnable_since(), Some(5));
        let same = Node::forwarding_to(Some(&new), &waker, || unreachable!());
        assert!(Arc::ptr_eq(&new, &same));
    }
}
