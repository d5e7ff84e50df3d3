//! The heap part of a task: when it was woken, and its context. One allocation, made only if needed.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use futures_util::task::ArcWake;
use runtime_hooks_recorder::Clock;
use runtime_hooks_recorder::internals::sync::{AtomicU64, Ordering};
use runtime_hooks_recorder::internals::{process_clock, with_local};

#[cfg(feature = "dump")]
use super::asked::Asked;
use super::origin::Origin;
use super::tag::{RecordFlags, Tag};
#[cfg(feature = "dump")]
use crate::dump::{self, Askable, Mode};
use crate::tracer::Carrier;

/// Stamps the first wake after each poll and forwards all wakes. Its target never changes: a task that gets another
/// waker gets a new node.
pub(crate) struct WakerNode {
    /// The tick of the first wake since the last poll started, plus 1; 0 if there was none.
    woke: AtomicU64,
    /// The tick at which the last poll ended. Before it the task cannot be runnable again.
    paused: AtomicU64,
    /// `None` if it is the process's clock.
    clock: Option<Box<Clock>>,
    /// Set at the first poll: before it nothing can wake the task.
    target: OnceLock<Waker>,
    /// What is recorded of the task.
    tag: Tag,
    /// The task's [`Origin`], which changes if the duration is measured from the first run.
    origin: AtomicU64,
    carried: Option<Carrier>,
    /// The ids of the context's span, once a watched poll has asked for them.
    #[cfg(feature = "watchdog")]
    pub(super) trace_ids: OnceLock<[u64; 3]>,
    #[cfg(feature = "dump")]
    asked: Asked,
}

impl WakerNode {
    #[inline]
    pub(crate) fn carrying(
        carried: Carrier,
        clock: Option<Box<Clock>>,
        (tag, origin): (Tag, Origin),
    ) -> Arc<Self> {
        Arc::new(Self {
            woke: AtomicU64::new(0),
            paused: AtomicU64::new(0),
            clock,
            target: OnceLock::new(),
            tag,
            origin: AtomicU64::new(origin.bits()),
            carried: Some(carried),
            #[cfg(feature = "watchdog")]
            trace_ids: OnceLock::new(),
            #[cfg(feature = "dump")]
            asked: Asked::default(),
        })
    }

    /// A node without a context, for a known `target`.
    pub(crate) fn forwarding(
        target: Waker,
        clock: Option<Box<Clock>>,
        (tag, origin): (Tag, Origin),
    ) -> Arc<Self> {
        Arc::new(Self {
            woke: AtomicU64::new(0),
            paused: AtomicU64::new(0),
            clock,
            target: OnceLock::from(target),
            tag,
            origin: AtomicU64::new(origin.bits()),
            carried: None,
            #[cfg(feature = "watchdog")]
            trace_ids: OnceLock::new(),
            #[cfg(feature = "dump")]
            asked: Asked::default(),
        })
    }

    /// Whether wakes reach `waker`. Sets the target if there is none yet.
    #[inline]
    pub(crate) fn forwards_to(&self, waker: &Waker) -> bool {
        match self.target.get() {
            Some(target) => target.will_wake(waker),
            None => self.target.set(waker.clone()).is_ok(),
        }
    }

    /// A node for another waker, with the stamps and the context of this one.
    #[cold]
    pub(crate) fn moved_to(&self, waker: &Waker) -> Arc<Self> {
        Arc::new(Self {
            woke: AtomicU64::new(self.woke.load(Ordering::Relaxed)),
            paused: AtomicU64::new(self.paused.load(Ordering::Relaxed)),
            clock: self.clock.clone(),
            target: OnceLock::from(waker.clone()),
            tag: self.tag,
            origin: AtomicU64::new(self.origin().bits()),
            carried: self.carried.clone(),
            #[cfg(feature = "watchdog")]
            trace_ids: self.trace_ids.clone(),
            #[cfg(feature = "dump")]
            asked: self.asked.clone(),
        })
    }

    /// The recorder's clock, even if the recorder was dropped.
    pub(crate) fn clock(&self) -> &Clock {
        self.clock.as_deref().unwrap_or_else(|| process_clock())
    }

    #[inline]
    pub(crate) fn carried(&self) -> Option<&Carrier> {
        self.carried.as_ref()
    }

    /// The tick since which the task is runnable; resets it. A wake during a poll counts from the end of that poll.
    ///
    /// Relaxed, as everywhere in this file: the runtime orders a wake before the poll that it causes.
    pub(crate) fn take_runnable_since(&self) -> Option<u64> {
        match self.woke.swap(0, Ordering::Relaxed) {
            0 => None,
            woke => Some((woke - 1).max(self.paused.load(Ordering::Relaxed))),
        }
    }

    /// Whether the program has woken the task since its last poll started.
    #[cfg(feature = "dump")]
    pub(super) fn is_woken(&self) -> bool {
        self.woke.load(Ordering::Relaxed) != 0
    }

    #[cfg(feature = "dump")]
    pub(super) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether this wake is not one of the program: the thread asks a task, or it polls this one for a dump. A leaf may wake
    /// the waker that it replaces.
    #[cfg(feature = "dump")]
    #[cold]
    #[inline(never)]
    fn is_wake_of_dump(&self) -> bool {
        let is_of_dump = match dump::mode() {
            Mode::Idle | Mode::Counted => false,
            Mode::Asking => true,
            Mode::Uncounted | Mode::Tracing(_) => self.asked.is_polled(),
        };
        if is_of_dump {
            self.asked.set_woken();
        }
        is_of_dump
    }

    /// Stamps a wake. Returns its tick if it is the first since the last poll started.
    pub(super) fn stamp(&self) -> Option<u64> {
        if self.woke.load(Ordering::Relaxed) != 0 {
            return None;
        }
        let now = self.clock().now();
        let stamp = now.saturating_add(1);
        self.woke.compare_exchange(0, stamp, Ordering::Relaxed, Ordering::Relaxed).ok().map(|_| now)
    }

    /// The duration is measured from this tick on.
    pub(super) fn restart(&self, origin: Origin) {
        self.origin.store(origin.bits(), Ordering::Relaxed);
    }

    /// Wakes the task. Returns whether it has been polled, and so can be woken.
    #[inline]
    pub(super) fn wake_target(&self) -> bool {
        let target = self.target.get();
        if let Some(target) = target {
            target.wake_by_ref();
        }
        target.is_some()
    }

    fn origin(&self) -> Origin {
        Origin::from_bits(self.origin.load(Ordering::Relaxed))
    }

    /// Adds a wake to the flight record. Does nothing where this thread's part of it cannot be reached.
    fn record_wake(&self, at: u64) {
        if !self.tag.wants(RecordFlags::WAKES) {
            return;
        }
        let origin = self.origin();
        // Another task can have the slot of a task that has ended.
        let task = match origin.slot(self.tag) {
            Some(slot) => slot.counts_from(),
            None => Some(origin.bits()),
        };
        if let Some(task) = task {
            let (recorder, series) = (self.tag.recorder(), self.tag.series());
            let _ = with_local(recorder, |entry| entry.wake(series, task, at));
        }
    }

    pub(crate) fn pause(&self, now: u64) {
        self.paused.store(now, Ordering::Relaxed);
    }
}

impl fmt::Debug for WakerNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakerNode").field("woke", &self.woke).finish_non_exhaustive()
    }
}

#[cfg(feature = "dump")]
impl Askable for WakerNode {
    fn ask(&self, dump: u64) -> bool {
        self.asked.set(dump);
        self.wake_target()
    }
}

impl ArcWake for WakerNode {
    fn wake_by_ref(node: &Arc<Self>) {
        #[cfg(feature = "dump")]
        if dump::is_active() && node.is_wake_of_dump() {
            node.wake_target();
            return;
        }
        let first = node.stamp();
        if let Some(slot) = node.origin().slot(node.tag) {
            slot.wake(first);
        }
        if let Some(at) = first {
            node.record_wake(at);
        }
        node.wake_target();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::ManualClock;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;
    use std::time::Duration;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn forwarding_to(waker: &Waker, time: &ManualClock) -> Arc<WakerNode> {
        WakerNode::forwarding(waker.clone(), Some(Box::new(time.clock())), (Tag::OFF, Origin::NONE))
    }

    #[test]
    fn every_wake_is_forwarded_and_the_first_is_stamped() {
        let (time, counter) = (ManualClock::new(), Arc::<Counter>::default());
        let waker = Waker::from(Arc::clone(&counter));
        let node = forwarding_to(&waker, &time);
        let stamped = futures_util::task::waker(Arc::clone(&node));
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
        let node = forwarding_to(Waker::noop(), &time);
        time.advance(Duration::from_nanos(10));
        futures_util::task::waker(Arc::clone(&node)).wake();
        node.pause(25);
        assert_eq!(node.take_runnable_since(), Some(25));
    }

    #[test]
    fn a_task_that_moves_to_another_waker_gets_a_new_node_with_its_stamps() {
        let (time, counter) = (ManualClock::new(), Arc::<Counter>::default());
        time.advance(Duration::from_nanos(5));
        let old = forwarding_to(Waker::noop(), &time);
        futures_util::task::waker(Arc::clone(&old)).wake();
        let waker = Waker::from(Arc::clone(&counter));
        assert!(!old.forwards_to(&waker));
        let new = old.moved_to(&waker);
        assert_eq!(new.take_runnable_since(), Some(5));
        assert!(new.forwards_to(&waker));
    }
}
