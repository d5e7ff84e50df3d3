//! The waker of a poll that nobody may keep: makes a node when somebody does, and nothing when nobody does.
//!
//! Most tasks are over after one poll, and never need the node that stamps their wakes; making one cost them 60 ns. A
//! waker that is cloned into something else than itself takes a hand-made table of functions, and that takes `unsafe`:
//! here, and nowhere else.
#![allow(unsafe_code, reason = "see above")]

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::{Arc, OnceLock};
use std::task::{RawWaker, RawWakerVTable, Waker};

use futures_util::task::{ArcWake, waker};
use runtime_hooks_recorder::internals::SlotHandle;

use super::own_clock::own_clock;
use super::tag::Tag;
use super::waker::WakerNode;

/// Forwards to `target`. Lives on the stack, as long as the poll.
pub(super) struct LazyWaker<'p> {
    target: &'p Waker,
    tag: Tag,
    slot: Option<SlotHandle>,
    node: OnceLock<Arc<WakerNode>>,
}

/// A `Waker` may be shared between threads and cloned by each, so what is behind it may be too.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<LazyWaker<'_>>();
};

impl<'p> LazyWaker<'p> {
    #[inline]
    pub(super) fn new(target: &'p Waker, tag: Tag, slot: Option<SlotHandle>) -> Self {
        Self { target, tag, slot, node: OnceLock::new() }
    }

    /// Lends the waker. Clones of it outlive the loan, and this; the waker itself cannot.
    #[inline]
    pub(super) fn lend<T>(&self, poll: impl FnOnce(&Waker) -> T) -> T {
        let this = RawWaker::new(ptr::from_ref(self).cast(), &FUNCTIONS);
        // SAFETY: the functions keep to the contract of a waker: they may be called from any thread, since `LazyWaker`
        // is `Sync`; `clone` gives a waker of its own right. They read a `LazyWaker` behind the pointer, and it is
        // there for as long as this waker is: the waker is never moved out of this call, `poll` gets it by reference
        // and for any lifetime, so it cannot keep it, and it is not dropped, so nothing is given back that was lent.
        let waker = ManuallyDrop::new(unsafe { Waker::from_raw(this) });
        poll(&waker)
    }

    /// The node, if somebody kept the waker or woke the task.
    #[inline]
    pub(super) fn into_node(self) -> Option<Arc<WakerNode>> {
        self.node.into_inner()
    }

    #[cold]
    fn node(&self) -> &Arc<WakerNode> {
        let make = || WakerNode::forwarding(self.target.clone(), own_clock(self.tag), self.slot);
        self.node.get_or_init(make)
    }
}

static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// The waker of the node, which has no more to do with the poll.
unsafe fn clone(lazy: *const ()) -> RawWaker {
    // SAFETY: only `lend` makes wakers of these functions, and it lends them while the `LazyWaker` is there.
    let lazy = unsafe { &*lazy.cast::<LazyWaker<'_>>() };
    let waker = ManuallyDrop::new(waker(Arc::clone(lazy.node())));
    RawWaker::new(waker.data(), waker.vtable())
}

/// Nobody owns the waker, so nobody can call this; it would be the same.
unsafe fn wake(lazy: *const ()) {
    // SAFETY: as this function's own.
    unsafe { wake_by_ref(lazy) }
}

unsafe fn wake_by_ref(lazy: *const ()) {
    // SAFETY: as in `clone`.
    let lazy = unsafe { &*lazy.cast::<LazyWaker<'_>>() };
    ArcWake::wake_by_ref(lazy.node());
}

/// What was lent is not given back.
unsafe fn drop(_: *const ()) {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::task::tag::Tag;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::thread;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counter() -> (Arc<Counter>, Waker) {
        let counter = Arc::<Counter>::default();
        (Arc::clone(&counter), Waker::from(counter))
    }

    #[test]
    fn a_waker_that_nobody_keeps_makes_nothing() {
        let (counter, target) = counter();
        let lazy = LazyWaker::new(&target, Tag::OFF, None);
        assert!(lazy.lend(|waker| !waker.will_wake(Waker::noop())));
        assert!(lazy.into_node().is_none());
        assert_eq!(Arc::strong_count(&counter), 2);
    }

    #[test]
    fn clones_share_one_node_and_outlive_the_poll() {
        let (counter, target) = counter();
        let lazy = LazyWaker::new(&target, Tag::OFF, None);
        let clones = lazy.lend(|waker| [waker.clone(), waker.clone()]);
        assert!(clones[0].will_wake(&clones[1]));
        let node = lazy.into_node().expect("somebody kept the waker");
        assert_eq!(Arc::strong_count(&node), 3);
        clones.iter().for_each(Waker::wake_by_ref);
        clones.into_iter().for_each(Waker::wake);
        assert_eq!(counter.0.load(Ordering::Relaxed), 4);
        assert_eq!(Arc::strong_count(&node), 1);
        std::mem::drop(node);
        assert_eq!(Arc::strong_count(&counter), 2);
    }

    #[test]
    fn a_wake_during_the_poll_is_forwarded_and_stamped() {
        let (counter, target) = counter();
        let lazy = LazyWaker::new(&target, Tag::OFF, None);
        lazy.lend(Waker::wake_by_ref);
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
        assert!(lazy.into_node().is_some_and(|node| node.take_runnable_since().is_some()));
    }

    #[test]
    fn threads_that_clone_at_once_get_the_same_node() {
        for _ in 0..1_000 {
            let (counter, target) = counter();
            let lazy = LazyWaker::new(&target, Tag::OFF, None);
            lazy.lend(|waker| {
                thread::scope(|scope| {
                    let clones = [(); 3].map(|()| scope.spawn(|| waker.clone()));
                    let clones = clones.map(|clone| clone.join().unwrap());
                    assert!(clones[0].will_wake(&clones[1]) && clones[1].will_wake(&clones[2]));
                    clones.into_iter().for_each(Waker::wake);
                });
            });
            assert_eq!(counter.0.load(Ordering::Relaxed), 3);
            std::mem::drop(lazy);
            assert_eq!(Arc::strong_count(&counter), 2);
        }
    }
}
