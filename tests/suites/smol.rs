//! The behaviour of smol, for its own crate and for its drop-in.

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use smol::future::{self, FutureExt};
use smol::{Executor, LocalExecutor, Task, Timer, block_on, unblock};

/// Counts its drops.
struct Guard(Arc<AtomicU32>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn add(a: u32, b: u32) -> u32 {
    future::yield_now().await;
    a + b
}

#[test]
fn a_task_gives_its_output() {
    let task: Task<u32> = smol::spawn(add(1, 2));
    assert_eq!(block_on(task), 3);
    assert_eq!(block_on(smol::spawn::<String>(async { "text".to_owned() })), "text");
}

#[test]
fn a_dropped_task_is_cancelled() {
    let executor = Executor::new();
    let drops = Arc::default();
    let guard = Guard(Arc::clone(&drops));
    drop(executor.spawn(async move {
        pending::<()>().await;
        drop(guard);
    }));
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    assert!(executor.try_tick());
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_detached_task_goes_on() {
    let (send, receive) = smol::channel::bounded(1);
    smol::spawn(async move { send.send(add(3, 4).await).await.unwrap() }).detach();
    assert_eq!(block_on(receive.recv()), Ok(7));
}

#[test]
fn a_cancelled_task_has_no_output_and_one_that_is_over_has() {
    block_on(async {
        assert_eq!(smol::spawn(pending::<u32>()).cancel().await, None);
        let done = smol::spawn(ready(5));
        while !done.is_finished() {
            future::yield_now().await;
        }
        assert_eq!(done.cancel().await, Some(5));
        let executor = Executor::new();
        let task = executor.spawn(ready(1)).fallible();
        drop(executor);
        assert_eq!(task.await, None);
    });
}

#[test]
fn a_panic_goes_to_whoever_awaits() {
    let executor = Executor::new();
    let task = executor.spawn(async { std::panic::panic_any(6_u8) });
    assert!(executor.try_tick());
    let payload = catch_unwind(AssertUnwindSafe(|| block_on(task))).unwrap_err();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&6));
    let payload = catch_unwind(|| block_on(async { std::panic::panic_any(7_u8) })).unwrap_err();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&7));
}

#[test]
fn a_closure_runs_elsewhere() {
    let here = std::thread::current().id();
    assert_ne!(block_on(unblock(|| std::thread::current().id())), here);
    let drops = Arc::default();
    let guard = Guard(Arc::clone(&drops));
    block_on(unblock(move || drop(guard)));
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn block_on_may_borrow_and_nest() {
    let (here, text) = (Cell::new(1), String::from("text"));
    let length = block_on(async {
        here.set(here.get() + block_on(add(1, 1)));
        future::block_on(async { text.len() })
    });
    assert_eq!((here.get(), length), (3, 4));
}

#[test]
fn an_executor_borrows_ticks_and_knows_when_it_is_empty() {
    let number = 5;
    let executor = Executor::new();
    assert!(executor.is_empty() && !executor.try_tick());
    let task = executor.spawn(async { number + 1 });
    assert!(!executor.is_empty());
    block_on(executor.tick());
    assert!(executor.is_empty());
    assert_eq!(block_on(executor.run(task)), 6);
}

#[test]
fn an_executor_spawns_many() {
    let executor = Executor::new();
    let mut tasks: Vec<Task<u32>> = Vec::new();
    executor.spawn_many((0..10).map(|n| add(n, n)), &mut tasks);
    let sum = block_on(executor.run(async {
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        sum
    }));
    assert_eq!(sum, 90);
}

#[test]
fn an_executor_can_be_static_shared_and_dropped() {
    static STATIC: Executor<'_> = Executor::new();
    assert_eq!(block_on(STATIC.run(STATIC.spawn(add(1, 1)))), 2);
    let shared: Arc<Executor<'static>> = Arc::default();
    let drops = Arc::default();
    let guard = Guard(Arc::clone(&drops));
    let held = Arc::clone(&shared);
    let task = shared.spawn(async move { held.spawn(add(2, 2)).await });
    assert_eq!(block_on(shared.run(task)), 4);
    shared
        .spawn(async move {
            pending::<()>().await;
            drop(guard);
        })
        .detach();
    shared.try_tick();
    drop(shared);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_local_executor_takes_what_is_not_send() {
    let executor = LocalExecutor::new();
    let here = Rc::new(Cell::new(1));
    let task = executor.spawn({
        let here = Rc::clone(&here);
        async move {
            future::yield_now().await;
            here.set(here.get() + 1);
            here
        }
    });
    let mut many = Vec::new();
    executor.spawn_many([1, 2].map(|n| async move { Rc::new(n) }), &mut many);
    let same = block_on(executor.run(task));
    assert!(Rc::ptr_eq(&here, &same) && here.get() == 2);
    assert_eq!(*block_on(executor.run(many.remove(1))), 2);
}

#[test]
fn or_prefers_the_first_and_drops_the_loser() {
    assert_eq!(block_on(future::or(ready(1), ready(2))), 1);
    assert_eq!(block_on(pending::<u32>().or(ready(3))), 3);
    let drops = Arc::default();
    let guard = Guard(Arc::clone(&drops));
    let loses = async move {
        pending::<()>().await;
        drop(guard);
    };
    block_on(loses.or(ready(())));
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn race_takes_whichever_is_ready() {
    let mut seen = [0, 0];
    for _ in 0..200 {
        seen[block_on(future::race(ready(0), ready(1)))] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    assert_eq!(block_on(pending().race(ready(2))), 2);
}

#[test]
fn a_race_can_be_caught_boxed_and_polled() {
    let panics = async { std::panic::panic_any(8_u8) };
    let caught = block_on(future::or(panics, pending::<()>()).catch_unwind());
    assert_eq!(caught.unwrap_err().downcast_ref::<u8>(), Some(&8));
    let boxed: Pin<Box<dyn Future<Output = u32> + Send>> = add(1, 2).or(pending()).boxed();
    assert_eq!(block_on(boxed), 3);
    assert_eq!(block_on(add(2, 2).boxed_local()), 4);
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(FutureExt::poll(&mut ready(9), &mut cx), Poll::Ready(9));
}

#[test]
fn a_timeout_is_a_race() {
    let late = async {
        Timer::after(Duration::from_millis(1)).await;
        Err(std::io::Error::from(std::io::ErrorKind::TimedOut))
    };
    let result = block_on(pending::<std::io::Result<()>>().or(late));
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn a_waker_is_passed_on_as_often_as_it_is_called() {
    let wakes = Arc::<Wakes>::default();
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    let mut polls = 0;
    let counts = poll_fn(|cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        if polls < 3 { Poll::Pending } else { Poll::Ready(polls) }
    });
    let mut race = pin!(future::or(counts, pending()));
    assert!(race.as_mut().poll(&mut cx).is_pending());
    assert!(race.as_mut().poll(&mut cx).is_pending());
    assert_eq!(race.as_mut().poll(&mut cx), Poll::Ready(3));
    assert_eq!(wakes.0.load(Ordering::SeqCst), 3);
}

#[test]
fn the_prelude_has_streams_io_and_futures() {
    use smol::prelude::*;
    block_on(async {
        let mut text = String::new();
        smol::io::Cursor::new(b"text").read_to_string(&mut text).await.unwrap();
        let numbers: Vec<u32> = smol::stream::iter([1, 2]).map(|n| n + 1).collect().await;
        assert_eq!((text.as_str(), numbers), ("text", vec![2, 3]));
        assert_eq!(ready(1).or(pending()).await, 1);
    });
}
