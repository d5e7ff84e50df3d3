//! A waker for one poll that creates a node only if it is cloned or woken.
//!
//! Most tasks end after one poll and never need the node that stamps their wakes, which costs 60 ns. A waker whose
//! clone is a different waker needs a custom vtable, and that needs `unsafe`: in this file only.
#![allow(unsafe_code, reason = "a custom vtable, see the module's comment")]

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::{Arc, OnceLock};
use std::task::{RawWaker, RawWakerVTable, Waker};

use futures_util::task::{ArcWake, waker};

use super::origin::Origin;
use super::own_clock::own_clock;
use super::tag::Tag;
use super::waker::WakerNode;

/// Forwards to `target`. Lives on the stack for the duration of the poll.
pub(super) struct LazyWaker<'p> {
    target: &'p Waker,
    tag: Tag,
    origin: Origin,
    node: OnceLock<Arc<WakerNode>>,
}

/// A `Waker` may be shared between threads and cloned by each, so the data behind it must be `Sync`.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<LazyWaker<'_>>();
};

impl<'p> LazyWaker<'p> {
    #[inline]
    pub(super) fn new(target: &'p Waker, tag: Tag, origin: Origin) -> Self {
        Self { target, tag, origin, node: OnceLock::new() }
    }

    /// Calls `poll` with the waker. Clones of it may outlive the call; the waker itself cannot.
    #[inline]
    pub(super) fn with_waker<T>(&self, poll: impl FnOnce(&Waker) -> T) -> T {
        let this = RawWaker::new(ptr::from_ref(self).cast(), &FUNCTIONS);
        // SAFETY: The functions fulfil the contract of a waker: any thread may call them, since `LazyWaker` is
        // `Sync`, and `clone` returns a waker that owns its data. They read the `LazyWaker` behind the pointer, which
        // exists as long as this waker: the waker is not moved out of this call, `poll` gets a reference with an
        // arbitrary lifetime and so cannot store it, and the waker is not dropped, so the borrowed data is not freed.
        let waker = ManuallyDrop::new(unsafe { Waker::from_raw(this) });
        poll(&waker)
    }

    /// The node, if the waker was cloned or woken.
    #[inline]
    pub(super) fn into_node(self) -> Option<Arc<WakerNode>> {
        self.node.into_inner()
    }

    #[cold]
    fn node(&self) -> &Arc<WakerNode> {
        let task = (self.tag, self.origin);
        let make = || WakerNode::forwarding(self.target.clone(), own_clock(self.tag), task);
        self.node.get_or_init(make)
    }
}

static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// The waker of the node, which is independent of the poll.
unsafe fn clone(lazy: *const ()) -> RawWaker {
    // SAFETY: Only `with_waker` creates wakers with these functions, and the `LazyWaker` exists while it runs.
    let lazy = unsafe { &*lazy.cast::<LazyWaker<'_>>() };
    let waker = ManuallyDrop::new(waker(Arc::clone(lazy.node())));
    RawWaker::new(waker.data(), waker.vtable())
}

/// Never called, since nothing owns the waker. It would do the same.
unsafe fn wake(lazy: *const ()) {
    // SAFETY: Same contract as this function.
    unsafe { wake_by_ref(lazy) }
}

unsafe fn wake_by_ref(lazy: *const ()) {
    // SAFETY: As in `clone`.
    let lazy = unsafe { &*lazy.cast::<LazyWaker<'_>>() };
    ArcWake::wake_by_ref(lazy.node());
}

/// The data is borrowed, so nothing is freed.
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
    fn a_waker_that_is_not_cloned_creates_no_node() {
        let (counter, target) = counter();
        let lazy = LazyWaker::new(&target, Tag::OFF, Origin::NONE);
        assert!(lazy.with_waker(|waker| !waker.will_wake(Waker::noop())));
        assert!(lazy.into_node().is_none());
        assert_eq!(Arc::strong_count(&counter), 2);
    }

    #[test]
    fn clones_share_one_node_and_outlive_the_poll() {
        let (counter, target) = counter();
        let lazy = LazyWaker::new(&target, Tag::OFF, Origin::NONE);
        let clones = lazy.with_waker(|waker| [waker.clone(), waker.clone()]);
        assert!(clones[0].will_wake(&clones[1]));
        let node = lazy.into_node().expect("the waker was cloned");
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
        let lazy = LazyWaker::new(&target, Tag::OFF, Origin::NONE);
        lazy.with_waker(Waker::wake_by_ref);
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
        assert!(lazy.into_node().is_some_and(|node| node.take_runnable_since().is_some()));
    }

    #[test]
    fn concurrent_clones_share_one_node() {
        for _ in 0..1_000 {
            let (counter, target) = counter();
            let lazy = LazyWaker::new(&target, Tag::OFF, Origin::NONE);
            lazy.with_waker(|waker| {
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
