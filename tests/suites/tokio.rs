//! The behaviour of tokio, for its own crate and for its drop-in.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, LocalOptions, LocalRuntime, Runtime, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task::{self, JoinHandle, JoinSet, LocalSet};
use tokio::time::{self, Instant, timeout, timeout_at};

const LONG: Duration = Duration::from_secs(60);

/// Counts its drops.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicU32>);

struct Guard(Drops);

impl Drops {
    fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn add(a: u32, b: u32) -> u32 {
    task::yield_now().await;
    a + b
}

async fn hang(guard: Guard) {
    pending::<()>().await;
    drop(guard);
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The line of the panic that `work` causes, if its file is this one.
fn panics_at(work: impl FnOnce()) -> Option<u32> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let thread = std::thread::current().id();
    let line = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&line);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == thread
            && let Some(location) = info.location()
            && location.file() == file!()
        {
            *seen.lock().unwrap() = Some(location.line());
        }
    }));
    catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    std::panic::set_hook(before);
    *line.lock().unwrap()
}

#[tokio::test]
async fn a_task_gives_its_output() {
    let handle: JoinHandle<u32> = tokio::spawn(add(1, 2));
    assert_eq!(handle.await.unwrap(), 3);
    assert_eq!(task::spawn(async { "text".to_owned() }).await.unwrap(), "text");
}

#[tokio::test]
async fn a_panic_stays_in_its_task_with_its_payload() {
    let error = tokio::spawn(async { panic!("on purpose") }).await.unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(*error.into_panic().downcast_ref::<&str>().unwrap(), "on purpose");
}

#[tokio::test]
async fn an_aborted_task_is_cancelled_and_dropped_before_its_handle_says_so() {
    let drops = Drops::default();
    let handle = tokio::spawn(hang(drops.guard()));
    task::yield_now().await;
    handle.abort();
    assert!(handle.await.unwrap_err().is_cancelled());
    assert_eq!(drops.count(), 1);
    // A task can be aborted before its first poll too.
    let handle = tokio::spawn(hang(drops.guard()));
    handle.abort_handle().abort();
    assert!(handle.await.unwrap_err().is_cancelled());
    assert_eq!(drops.count(), 2);
}

#[tokio::test]
async fn a_dropped_handle_detaches() {
    let (send, receive) = oneshot::channel();
    drop(tokio::spawn(async move { send.send(add(3, 4).await).unwrap() }));
    assert_eq!(receive.await, Ok(7));
}

#[tokio::test]
async fn an_id_is_the_tasks_own() {
    let handle = tokio::spawn(async { task::id() });
    let id = handle.id();
    assert_eq!(handle.await.unwrap(), id);
    let handle = task::spawn_blocking(task::id);
    let id = handle.id();
    assert_eq!(handle.await.unwrap(), id);
    let error = tokio::spawn(async { panic!("on purpose") }).await.unwrap_err();
    assert_ne!(error.id(), id);
    assert_ne!(task::try_id(), Some(id));
}

#[test]
fn outside_a_runtime_a_call_panics_where_it_is_made() {
    let (here, at) = (line!(), panics_at(|| drop(tokio::spawn(add(1, 2)))));
    assert_eq!(at, Some(here));
    let (here, at) = (line!(), panics_at(|| drop(task::spawn_blocking(|| ()))));
    assert_eq!(at, Some(here));
    let (here, at) = (line!(), panics_at(|| drop(task::spawn_local(ready(())))));
    assert_eq!(at, Some(here));
    let (here, at) = (line!(), panics_at(|| drop(Handle::current())));
    assert_eq!(at, Some(here));
    let (here, at) = (line!(), panics_at(|| drop(timeout(LONG, ready(())))));
    assert_eq!(at, Some(here));
    let mut set = JoinSet::new();
    let (here, at) = (line!(), panics_at(|| drop(set.spawn(add(1, 2)))));
    assert_eq!(at, Some(here));
    assert!(set.is_empty());
}

#[test]
fn a_wrong_setting_panics_where_it_is_made() {
    let mut builder = Builder::new_current_thread();
    let (here, at) = (line!(), panics_at(|| drop(builder.worker_threads(0).build())));
    assert_eq!(at, Some(here));
    let (here, at) = (line!(), panics_at(|| drop(builder.max_blocking_threads(0).build())));
    assert_eq!(at, Some(here));
    let (here, at) = (line!(), panics_at(|| drop(builder.event_interval(0).build())));
    assert_eq!(at, Some(here));
}

#[test]
fn block_on_inside_block_on_panics_where_it_is_made() {
    let (outer, inner) = (current_thread(), current_thread());
    let line = Cell::new(0);
    let at = panics_at(|| {
        outer.block_on(async {
            line.set(line!() + 1);
            inner.block_on(ready(()));
        });
    });
    assert_eq!(at, Some(line.get()));
}

#[test]
fn block_on_may_borrow_and_returns() {
    let text = "borrowed".to_owned();
    let runtime = current_thread();
    assert_eq!(runtime.block_on(async { text.len() }), 8);
    assert_eq!(runtime.handle().block_on(async { text.len() }), 8);
    let local = LocalRuntime::new().unwrap();
    assert_eq!(local.block_on(async { text.len() }), 8);
    assert_eq!(LocalSet::new().block_on(&runtime, async { text.len() }), 8);
}

#[test]
fn a_runtime_says_what_it_is() {
    let runtime = Builder::new_multi_thread().worker_threads(2).name("mine").build().unwrap();
    let handle = runtime.handle().clone();
    assert_eq!(handle.runtime_flavor(), RuntimeFlavor::MultiThread);
    assert_eq!(handle.name(), Some("mine"));
    assert_eq!(runtime.metrics().num_workers(), 2);
    assert_eq!(handle.metrics().num_alive_tasks(), 0);
    assert!(format!("{runtime:?}").starts_with("Runtime {"));
    assert!(format!("{handle:?}").starts_with("Handle {"));
    let _entered = runtime.enter();
    assert_eq!(Handle::current().id(), handle.id());
    assert_eq!(Handle::try_current().unwrap().id(), handle.id());
}

#[test]
fn without_a_runtime_there_is_no_handle() {
    assert!(Handle::try_current().unwrap_err().is_missing_context());
}

#[test]
fn a_runtime_that_shuts_down_drops_its_tasks() {
    let drops = Drops::default();
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for _ in 0..100 {
        runtime.spawn(hang(drops.guard()));
    }
    let handle = runtime.handle().clone();
    drop(runtime);
    assert_eq!(drops.count(), 100);
    // After the shutdown the runtime drops new tasks.
    let late = handle.spawn(hang(drops.guard()));
    assert_eq!(drops.count(), 101);
    assert!(current_thread().block_on(late).unwrap_err().is_cancelled());
}

#[test]
fn a_closure_that_never_ends_does_not_hold_up_a_shutdown_with_a_limit() {
    let runtime = current_thread();
    let (end, ended) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel();
    runtime.spawn_blocking(move || {
        begin.send(()).unwrap();
        ended.recv().unwrap_err();
    });
    begun.recv().unwrap();
    runtime.shutdown_timeout(Duration::from_millis(1));
    drop(end);
    current_thread().shutdown_background();
}

#[tokio::test]
async fn a_closure_runs_elsewhere_and_its_panic_is_told() {
    let here = std::thread::current().id();
    let there = task::spawn_blocking(|| std::thread::current().id()).await.unwrap();
    assert_ne!(here, there);
    assert!(task::spawn_blocking(|| panic!("on purpose")).await.unwrap_err().is_panic());
    assert_eq!(Handle::current().spawn_blocking(|| 7).await.unwrap(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn block_in_place_stays_on_its_thread_and_may_block_on() {
    let text = "borrowed".to_owned();
    let here = std::thread::current().id();
    let length = task::block_in_place(|| {
        assert_eq!(std::thread::current().id(), here);
        Handle::current().block_on(async { text.len() })
    });
    assert_eq!(length, 8);
    let handle = tokio::spawn(async { task::block_in_place(|| panic!("on purpose")) });
    assert!(handle.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn block_in_place_on_one_thread_panics() {
    let handle = tokio::spawn(async { task::block_in_place(|| ()) });
    assert!(handle.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn a_set_joins_its_tasks() {
    let mut set: JoinSet<u32> = (0..10).map(|n| add(n, n)).collect();
    set.extend([add(50, 50)]);
    assert_eq!((set.len(), set.is_empty()), (11, false));
    assert_eq!(format!("{set:?}"), "JoinSet { len: 11 }");
    let mut sum = 0;
    while let Some(result) = set.join_next().await {
        sum += result.unwrap();
    }
    assert_eq!(sum, 190);
    assert!(set.try_join_next().is_none());
    set.spawn_blocking(|| 5);
    let id = set.spawn_on(add(1, 1), &Handle::current()).id();
    let mut both = [set.join_next_with_id().await, set.join_next_with_id().await]
        .map(|next| next.unwrap().unwrap());
    both.sort_by_key(|(_, n)| *n);
    assert_eq!(both[0], (id, 2));
    assert_eq!(both[1].1, 5);
    set.spawn(add(1, 2));
    set.spawn(add(3, 4));
    let mut all = set.join_all().await;
    all.sort_unstable();
    assert_eq!(all, [3, 7]);
}

#[tokio::test]
async fn a_dropped_set_aborts_and_a_detached_one_does_not() {
    let drops = Drops::default();
    let mut set = JoinSet::new();
    set.spawn(hang(drops.guard()));
    set.shutdown().await;
    assert_eq!((drops.count(), set.len()), (1, 0));
    let aborted = set.spawn(hang(drops.guard()));
    task::yield_now().await;
    drop(set);
    while !aborted.is_finished() {
        task::yield_now().await;
    }
    assert_eq!(drops.count(), 2);
    let (send, receive) = oneshot::channel();
    let mut set = JoinSet::new();
    set.spawn(async move { send.send(1).unwrap() });
    set.detach_all();
    assert!(set.is_empty());
    assert_eq!(receive.await, Ok(1));
}

#[tokio::test]
async fn a_set_of_local_tasks() {
    let mut set = JoinSet::new();
    let local = LocalSet::new();
    let shared = Rc::new(Cell::new(0));
    let count = || {
        let shared = Rc::clone(&shared);
        async move { shared.set(shared.get() + 1) }
    };
    set.spawn_local_on(count(), &local);
    local
        .run_until(async {
            set.spawn_local(count());
            while set.join_next().await.is_some() {}
        })
        .await;
    assert_eq!(shared.get(), 2);
}

#[tokio::test]
async fn a_local_set_runs_what_is_not_send() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let set = LocalSet::new();
    let push = |n| {
        let order = Rc::clone(&order);
        async move { order.borrow_mut().push(n) }
    };
    set.spawn_local(push(1));
    {
        let _entered = set.enter();
        task::spawn_local(push(2));
    }
    let last = set.run_until(async { task::spawn_local(push(3)).await });
    last.await.unwrap();
    set.spawn_local(push(4));
    set.await;
    assert_eq!(*order.borrow(), [1, 2, 3, 4]);
}

#[test]
fn a_dropped_local_set_drops_its_tasks() {
    let drops = Drops::default();
    let set = LocalSet::new();
    set.spawn_local(hang(drops.guard()));
    drop(set);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_local_runtime_runs_what_is_not_send() {
    let shared = Rc::new(Cell::new(1));
    let runtime = Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    let theirs = Rc::clone(&shared);
    let handle = runtime.spawn_local(async move { theirs.set(2) });
    runtime.block_on(handle).unwrap();
    assert_eq!(shared.get(), 2);
    let blocking = runtime.spawn_blocking(|| 3);
    assert_eq!(runtime.block_on(blocking).unwrap(), 3);
}

#[tokio::test]
async fn join_and_try_join_nest_and_borrow() {
    let text = "borrowed".to_owned();
    let pair = tokio::join!(async { tokio::join!(async { text.len() }, add(1, 2)) }, async { 4 });
    assert_eq!(pair, ((8, 3), 4));
    assert_eq!(tokio::join!(biased; ready(1), ready(2),), (1, 2));
    tokio::join!();
    let ok = tokio::try_join!(async { Ok::<_, &str>(1) }, async { Ok(text.as_str()) });
    assert_eq!(ok, Ok((1, "borrowed")));
    let err = tokio::try_join!(pending::<Result<(), &str>>(), async { Err::<(), _>("no") });
    assert_eq!(err, Err("no"));
    let (one, two) = tokio::join!(tokio::spawn(add(1, 0)), tokio::spawn(add(2, 0)));
    assert_eq!((one.unwrap(), two.unwrap()), (1, 2));
}

#[test]
fn a_biased_join_polls_in_order_and_the_other_turns() {
    let order = RefCell::new(Vec::new());
    let member = |n| {
        let (order, mut polls) = (&order, 0);
        poll_fn(move |_| {
            order.borrow_mut().push(n);
            polls += 1;
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let polled = |poll: &mut dyn FnMut(&mut Context<'_>) -> bool| {
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!([(); 3].map(|()| poll(&mut cx)), [false, false, true]);
        order.take()
    };
    let mut biased = pin!(async { tokio::join!(biased; member(1), member(2)) });
    assert_eq!(polled(&mut |cx| biased.as_mut().poll(cx).is_ready()), [1, 2, 1, 2, 1, 2]);
    let mut turns = pin!(async { tokio::join!(member(1), member(2)) });
    assert_eq!(polled(&mut |cx| turns.as_mut().poll(cx).is_ready()), [1, 2, 2, 1, 1, 2]);
}

#[tokio::test]
async fn select_takes_what_is_ready_and_drops_the_rest() {
    let drops = Drops::default();
    let taken = tokio::select! {
        biased;
        () = hang(drops.guard()) => 1,
        n = add(1, 1) => n,
    };
    assert_eq!((taken, drops.count()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_elapses_on_paused_time() {
    let start = Instant::now();
    timeout(LONG, pending::<()>()).await.unwrap_err();
    assert_eq!(start.elapsed(), LONG);
    timeout_at(start + 3 * LONG, pending::<()>()).await.unwrap_err();
    assert_eq!(start.elapsed(), 3 * LONG);
    assert_eq!(timeout(LONG, add(1, 2)).await.unwrap(), 3);
    // A future that is ready completes, even after its deadline.
    assert_eq!(timeout_at(start, ready(1)).await.unwrap(), 1);
    assert_eq!(timeout(Duration::MAX, ready(1)).await.unwrap(), 1);
    time::advance(LONG).await;
    assert_eq!(start.elapsed(), 4 * LONG);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_drops_its_future_with_itself_and_gives_it_back() {
    let drops = Drops::default();
    {
        let mut late = pin!(timeout(LONG, hang(drops.guard())));
        late.as_mut().await.unwrap_err();
        assert_eq!(drops.count(), 0);
    }
    assert_eq!(drops.count(), 1);
    let mut early = timeout(LONG, ready(5));
    assert_eq!(early.get_ref().clone().into_inner(), 5);
    *early.get_mut() = ready(6);
    assert_eq!(early.into_inner().await, 6);
}

#[tokio::test]
async fn a_timeout_elapses_although_its_future_uses_up_the_budget() {
    let hog = poll_fn(|cx| {
        while pin!(task::coop::consume_budget()).poll(cx).is_ready() {}
        Poll::<()>::Pending
    });
    timeout(Duration::from_millis(1), hog).await.unwrap_err();
}

#[test]
fn a_task_that_never_waits_yields_when_its_budget_is_used_up() {
    let runtime = current_thread();
    let polls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&polls);
    runtime.block_on(async move {
        let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
        (0..1_000).for_each(|n| send.send(n).unwrap());
        let mut task = Box::pin(async move { while receive.recv().await != Some(999) {} });
        tokio::spawn(poll_fn(move |cx| {
            counted.fetch_add(1, Ordering::SeqCst);
            task.as_mut().poll(cx)
        }))
        .await
        .unwrap();
    });
    // A poll receives at most 128 messages.
    assert_eq!(polls.load(Ordering::SeqCst), 8);
}

#[tokio::test]
async fn task_locals_are_a_tasks_own() {
    tokio::task_local! { static NUMBER: u32; }
    let inner = NUMBER.scope(1, async {
        let spawned = tokio::spawn(async { NUMBER.try_with(|n| *n).is_err() });
        let scoped = tokio::spawn(NUMBER.scope(2, async { NUMBER.get() }));
        (NUMBER.get(), spawned.await.unwrap(), scoped.await.unwrap())
    });
    assert_eq!(inner.await, (1, true, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_polled_again_only_after_a_wake() {
    let (send, receive) = oneshot::channel::<()>();
    let polls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&polls);
    let mut receive = Box::pin(receive);
    let (first, polled) = oneshot::channel();
    let mut first = Some(first);
    let handle = tokio::spawn(poll_fn(move |cx| {
        counted.fetch_add(1, Ordering::SeqCst);
        let result = receive.as_mut().poll(cx);
        first.take().into_iter().for_each(|first| first.send(()).unwrap());
        result
    }));
    polled.await.unwrap();
    send.send(()).unwrap();
    handle.await.unwrap().unwrap();
    assert_eq!(polls.load(Ordering::SeqCst), 2);
}

#[test]
fn a_task_that_is_dropped_by_another_thread_is_dropped_once() {
    let drops = Drops::default();
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let handles: Vec<_> = (0..1_000).map(|_| runtime.spawn(hang(drops.guard()))).collect();
    std::thread::scope(|scope| {
        for half in handles.chunks(500) {
            scope.spawn(|| half.iter().for_each(|handle| handle.abort()));
        }
    });
    for handle in handles {
        assert!(runtime.block_on(handle).unwrap_err().is_cancelled());
    }
    assert_eq!(drops.count(), 1_000);
}

#[test]
fn hooks_of_threads_are_called() {
    let started = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&started);
    let runtime = Builder::new_multi_thread()
        .worker_threads(3)
        .thread_name("named")
        .on_thread_start(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    let name = runtime.spawn(async { std::thread::current().name().map(str::to_owned) });
    assert_eq!(runtime.block_on(name).unwrap().as_deref(), Some("named"));
    runtime.shutdown_timeout(LONG);
    assert!(started.load(Ordering::SeqCst) >= 1);
}

#[test]
fn what_was_send_unwind_safe_and_unpin_is() {
    fn is_send_and_sync<T: Send + Sync>() {}
    fn is_unwind_safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    fn is_unpin<T: Unpin>() {}
    is_send_and_sync::<Runtime>();
    is_send_and_sync::<Handle>();
    is_send_and_sync::<JoinSet<u32>>();
    is_send_and_sync::<time::Timeout<std::future::Ready<()>>>();
    is_unwind_safe::<Runtime>();
    is_unwind_safe::<Handle>();
    is_unpin::<JoinSet<u32>>();
    is_unpin::<LocalSet>();
    is_unpin::<Runtime>();
}

#[test]
fn handles_are_as_small_as_they_were() {
    assert_eq!(size_of::<JoinHandle<[u64; 9]>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<tokio::task::AbortHandle>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<task::Id>>(), size_of::<u64>());
    assert_eq!(size_of::<time::error::Elapsed>(), 0);
}

#[test]
fn a_thread_that_is_told_wakes_a_task() {
    let runtime = current_thread();
    let is_set = Arc::new(AtomicBool::new(false));
    let (send, receive) = oneshot::channel();
    let setter = Arc::clone(&is_set);
    let thread = std::thread::spawn(move || {
        setter.store(true, Ordering::SeqCst);
        send.send(()).unwrap();
    });
    let woken = runtime.spawn(async move {
        receive.await.unwrap();
        is_set.load(Ordering::SeqCst)
    });
    assert!(runtime.block_on(woken).unwrap());
    thread.join().unwrap();
}
