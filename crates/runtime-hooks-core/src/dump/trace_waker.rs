//! A waker for one poll that walks the stack when it is cloned or woken. Its clone is a clone of the waker that it stands
//! for, so nothing of it remains after the poll.
//!
//! That needs a custom vtable, and a vtable needs `unsafe`: in this file only.
#![allow(unsafe_code, reason = "a custom vtable, see the module's comment")]

use std::mem::ManuallyDrop;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::collector::{Mode, mode, trace, with_mode};

/// Lives on the stack for the duration of the poll.
struct TraceWaker<'p> {
    target: &'p Waker,
}

/// Calls `poll` with a waker that stands for `target`. Clones of it may outlive the call; the waker itself cannot.
///
/// The walks end at this call, or at the outermost one if such calls are nested.
#[inline(never)]
pub(crate) fn with_trace_waker<T>(target: &Waker, poll: impl FnOnce(&Waker) -> T) -> T {
    let this = TraceWaker { target };
    let data = ptr::from_ref(&this).cast::<()>();
    // SAFETY: The functions fulfil the contract of a waker: any thread may call them, since `TraceWaker` is `Sync`, and
    // `clone` returns a waker that owns its data. They read the `TraceWaker` behind the pointer, which exists as long as
    // this waker: the waker is not moved out of this call, `poll` gets a reference with an arbitrary lifetime and so
    // cannot store it, and the waker is not dropped, so the borrowed data is not freed.
    let waker = ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data, &FUNCTIONS)) });
    let top = match mode() {
        Mode::Tracing(top) => top,
        _ => data.addr(),
    };
    with_mode(Mode::Tracing(top), || poll(&waker))
}

/// A `Waker` may be shared between threads and cloned by each, so the data behind it must be `Sync`.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<TraceWaker<'_>>();
};

static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

unsafe fn clone(data: *const ()) -> RawWaker {
    trace(false);
    // SAFETY: Only `with_trace_waker` creates wakers with these functions, and the `TraceWaker` exists while it runs.
    let this = unsafe { &*data.cast::<TraceWaker<'_>>() };
    let waker = ManuallyDrop::new(once(|| this.target.clone()));
    RawWaker::new(waker.data(), waker.vtable())
}

/// Never called, since nothing owns the waker. It would do the same.
unsafe fn wake(data: *const ()) {
    // SAFETY: Same contract as this function.
    unsafe { wake_by_ref(data) }
}

unsafe fn wake_by_ref(data: *const ()) {
    trace(true);
    // SAFETY: As in `clone`.
    let this = unsafe { &*data.cast::<TraceWaker<'_>>() };
    once(|| this.target.wake_by_ref());
}

/// The data is borrowed, so nothing is freed.
unsafe fn drop(_: *const ()) {}

/// Calls `work`, in which another of these wakers walks no stack: one call of a leaf is one trace.
fn once<T>(work: impl FnOnce() -> T) -> T {
    match mode() {
        Mode::Tracing(_) => with_mode(Mode::Uncounted, work),
        _ => work(),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::dump::{HAS_STACK_WALKER, collect};
    use std::sync::Arc;
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

    /// For each trace: whether it has frames, and whether it is of a wake.
    fn collected() -> Vec<(bool, bool)> {
        collect(0, true).iter().map(|trace| (!trace.addresses.is_empty(), trace.is_wake)).collect()
    }

    #[test]
    fn a_clone_is_a_clone_of_the_target_and_a_trace() {
        let counter = Arc::<Counter>::default();
        let target = Waker::from(Arc::clone(&counter));
        let clone = with_trace_waker(&target, |waker| {
            assert!(!waker.will_wake(&target));
            waker.clone()
        });
        assert!(clone.will_wake(&target));
        assert_eq!(collected(), [(HAS_STACK_WALKER, false)]);
        std::mem::drop((clone, target));
        assert_eq!(Arc::strong_count(&counter), 1);
    }

    #[test]
    fn a_wake_is_forwarded_and_a_trace() {
        let counter = Arc::<Counter>::default();
        let target = Waker::from(Arc::clone(&counter));
        with_trace_waker(&target, Waker::wake_by_ref);
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
        assert_eq!(collected(), [(HAS_STACK_WALKER, true)]);
    }

    #[test]
    fn one_clone_through_two_of_them_is_one_trace() {
        let clone =
            with_trace_waker(Waker::noop(), |outer| with_trace_waker(outer, |inner| inner.clone()));
        assert!(clone.will_wake(Waker::noop()));
        assert_eq!(collected().len(), 1);
    }

    #[test]
    fn another_thread_gets_a_clone_and_no_trace() {
        with_trace_waker(Waker::noop(), |waker| {
            thread::scope(|scope| {
                scope.spawn(|| assert!(waker.clone().will_wake(Waker::noop()))).join().unwrap();
            });
        });
        assert_eq!(collected(), []);
    }

    #[test]
    fn a_panic_ends_the_tracing() {
        let poll = |_: &Waker| -> () { panic!("on purpose") };
        let traced = std::panic::catch_unwind(|| with_trace_waker(Waker::noop(), poll));
        assert!(traced.is_err());
        assert_eq!(mode(), Mode::Idle);
    }
}
