//! Wakers that panic, and wakers that are called after their task or runtime was dropped.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use runtime_hooks::{AsyncStd, RuntimeHooks, RuntimeHooksExt, Smol, TokioRuntime};

use crate::{counts, instrumented};

/// Stores the waker that a future was polled with.
type Left = Arc<Mutex<Option<Waker>>>;

/// Waits for one wake.
async fn waits(left: Left) {
    let mut is_woken = false;
    poll_fn(|cx| {
        *left.lock().unwrap() = Some(cx.waker().clone());
        if std::mem::replace(&mut is_woken, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn a_waker_that_panics_does_so_where_it_is_called_and_the_task_goes_on() {
    struct Panics(AtomicU32);
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("in a waker");
        }
    }
    let (smol, instrumentor) = instrumented(&Smol);
    let (left, panics) = (Left::default(), Arc::new(Panics(AtomicU32::new(0))));
    let waker = Waker::from(Arc::clone(&panics));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(smol.named("woken").instrument(waits(Arc::clone(&left))));
    assert!(future.as_mut().poll(&mut cx).is_pending());
    let stamped = left.lock().unwrap().take().unwrap();
    for called in 1..=3 {
        let payload = catch_unwind(AssertUnwindSafe(|| stamped.wake_by_ref())).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"in a waker"));
        assert_eq!(panics.0.load(Ordering::Relaxed), called);
    }
    assert!(future.as_mut().poll(&mut cx).is_ready());
    assert_eq!(counts(&instrumentor, "woken"), (1, 0, [1, 0, 0, 0]));
}

/// A thousand tasks of each runtime store their wakers.
#[test]
fn a_waker_may_be_called_when_its_task_is_gone_and_when_its_runtime_is() {
    fn play<R: RuntimeHooks>(runtime: &R) -> Vec<Waker> {
        let (runtime, instrumentor) = instrumented(runtime);
        let lefts: Vec<Left> = (0..1_000).map(|_| Left::default()).collect();
        for left in &lefts {
            let task = runtime.named("gone").spawn(waits(Arc::clone(left)));
            let wake = || {
                if let Some(waker) = &*left.lock().unwrap() {
                    waker.wake_by_ref();
                }
            };
            while !task.is_finished() {
                wake();
                std::thread::yield_now();
            }
            runtime.raw_block_on(task).unwrap();
            wake();
        }
        assert_eq!(counts(&instrumentor, "gone"), (1_000, 0, [1_000, 0, 0, 0]));
        lefts.into_iter().map(|left| left.lock().unwrap().take().unwrap()).collect()
    }
    let tokio = TokioRuntime::multi_thread().unwrap();
    let wakers = [play(tokio.handle()), play(&Smol), play(&AsyncStd)];
    drop(tokio);
    wakers.into_iter().flatten().for_each(Waker::wake);
}
