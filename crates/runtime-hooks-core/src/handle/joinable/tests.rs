//! Tasks on executors that have no handle.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::task::Waker;

use super::*;
use futures_lite::future::{block_on, pending};

#[test]
fn a_panic_is_returned_with_its_payload() {
    let (run, task) = joinable::<_>(async { std::panic::panic_any(7_u8) as () });
    block_on(run);
    assert!(task.is_finished());
    let payload = block_on(task).unwrap_err().try_into_panic().unwrap();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&7));
}

#[test]
fn an_abort_ends_a_task_that_never_ends_itself() {
    let (run, task) = joinable(pending::<()>());
    task.abort();
    block_on(run);
    assert!(block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn an_abort_during_a_poll_is_not_lost() {
    let own = Arc::new(Mutex::new(None::<Joinable<()>>));
    let aborting = Arc::clone(&own);
    let (run, task) = joinable(std::future::poll_fn(move |_| {
        aborting.lock().unwrap().as_ref().unwrap().abort();
        Poll::Pending
    }));
    *own.lock().unwrap() = Some(task);
    block_on(run);
    let task = own.lock().unwrap().take().unwrap();
    assert!(block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn an_ended_task_holds_no_waker() {
    let counter = Arc::new(());
    let waker = {
        struct Holds(#[expect(dead_code, reason = "held")] Arc<()>);
        impl std::task::Wake for Holds {
            fn wake(self: Arc<Self>) {}
        }
        Waker::from(Arc::new(Holds(Arc::clone(&counter))))
    };
    let mut polls = 0;
    let (run, task) = joinable(std::future::poll_fn(move |_| {
        polls += 1;
        if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
    }));
    let mut run = Box::pin(run);
    assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    drop(waker);
    assert_eq!(Arc::strong_count(&counter), 1);
    assert!(task.is_finished());
}

#[test]
fn aborts_during_polls_and_joins_lose_no_task() {
    for round in 0..1_000_u32 {
        let (run, task) = joinable(async move {
            for _ in 0..round % 4 {
                futures_lite::future::yield_now().await;
            }
            pending::<()>().await;
        });
        let task = Arc::new(Mutex::new(task));
        let aborting = Arc::clone(&task);
        std::thread::scope(|scope| {
            scope.spawn(|| block_on(run));
            scope.spawn(move || aborting.lock().unwrap().abort());
        });
        let task = Arc::into_inner(task).unwrap().into_inner().unwrap();
        assert!(task.is_finished() && block_on(task).unwrap_err().is_cancelled());
    }
}

#[test]
fn a_task_dropped_by_its_executor_is_cancelled() {
    let (run, task) = joinable(async { 1 });
    assert!(!task.is_finished());
    drop(run);
    assert!(task.is_finished());
    assert!(block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn a_detached_task_continues() {
    let ran = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ran);
    let (run, task) = joinable_blocking(move || seen.store(true, Ordering::Relaxed));
    drop(task);
    run();
    assert!(ran.load(Ordering::Relaxed));
}
