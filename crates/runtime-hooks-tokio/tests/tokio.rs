//! What only tokio has: local sets, gauges, a budget, nested runtimes.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::Stream;
use runtime_hooks_core::{AnyRuntime, ReturnWhen};
use runtime_hooks_tokio::{
    AsyncioExt, Config, Detail, EnsureFuture, Instrumentor, Method, RuntimeHooks, RuntimeHooksExt,
    Tokio, TokioRuntime,
};
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::task::coop::{consume_budget, has_budget_remaining};

#[test]
fn a_local_set_runs_futures_that_are_not_send() {
    let instrumentor = Instrumentor::installed(Config::new().detail(Detail::Full));
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(instrumentor.clone());
    let local = LocalSet::new();
    let sum = tokio.raw_block_on(local.run_until(async {
        let here = Rc::new(20);
        let task = tokio.named("local").spawn_local(async move {
            tokio::task::yield_now().await;
            *here + 1
        });
        task.await.unwrap()
    }));
    assert_eq!(sum, 21);
    let snapshot = instrumentor.recorder().snapshot();
    let series = snapshot.find("local").unwrap();
    assert_eq!((series.spawned, series.ended(), series.poll.count()), (1, 1, 2));
}

#[test]
fn a_dropped_local_set_cancels_its_tasks() {
    let instrumentor = Instrumentor::installed(Config::new());
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(instrumentor.clone());
    let local = LocalSet::new();
    tokio.raw_block_on(local.run_until(async {
        drop(tokio.named("waits").spawn_local(std::future::pending::<()>()));
        tokio::task::yield_now().await;
    }));
    drop(local);
    let snapshot = instrumentor.recorder().snapshot();
    let series = snapshot.find("waits").unwrap();
    assert_eq!((series.active(), series.ended_as(runtime_hooks_core::State::Cancelled)), (0, 1));
}

#[test]
fn gauges_are_tokios_and_totals_stay_after_shutdown() {
    let instrumentor = Instrumentor::installed(Config::new());
    let recorder = instrumentor.recorder();
    let runtime = Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let tokio = Tokio::from(runtime.handle().clone()).with_instrumentor(instrumentor);
    let watch = tokio.watch();
    runtime.block_on(async {
        let task = tokio.named("spins").spawn(async {
            let start = std::time::Instant::now();
            while start.elapsed() < Duration::from_millis(2) {}
        });
        task.await.unwrap();
    });
    // A worker updates its busy time when it parks: it becomes visible then.
    let busy = || {
        let [of_tokio] = &*recorder.snapshot().runtimes else { panic!("one runtime") };
        assert_eq!((of_tokio.name, of_tokio.gauges.workers.len()), ("tokio", 3));
        of_tokio.gauges.workers.iter().map(|worker| worker.busy).sum::<Duration>()
    };
    let start = std::time::Instant::now();
    while busy() < Duration::from_millis(2) {
        assert!(start.elapsed().as_secs() < 60, "no worker reports busy time");
        std::thread::yield_now();
    }
    assert_eq!(recorder.snapshot().runtimes[0].gauges.queue_length, Some(0));
    assert_eq!(recorder.snapshot().runtimes[0].gauges.alive_tasks, Some(0));
    drop(watch);
    runtime.shutdown_background();
    assert!(busy() >= Duration::from_millis(2));
    assert_eq!(recorder.snapshot().runtimes[0].gauges.alive_tasks, None);
}

#[test]
fn the_current_runtime_is_an_error_outside_of_one() {
    assert!(Tokio::try_current().is_err());
    let runtime = TokioRuntime::current_thread().unwrap();
    assert!(runtime.handle().raw_block_on(async { Tokio::try_current().is_ok() }));
}

#[test]
fn a_task_can_hold_the_last_handle() {
    let runtime = TokioRuntime::from(Builder::new_multi_thread().build().unwrap());
    let tokio: Tokio = runtime.handle().clone();
    runtime.handle().raw_block_on(async {
        let held = tokio.clone();
        tokio.spawn(async move { drop(held) }).await.unwrap();
    });
    drop(runtime);
    // The runtime has been dropped: the task is dropped without a poll.
    assert!(tokio.spawn(async {}).is_finished());
}

#[test]
fn now_follows_tokios_paused_clock() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let tokio = TokioRuntime::from(runtime);
    let (real, start) = (std::time::Instant::now(), tokio.handle().now());
    let hour = Duration::from_secs(3_600);
    let elapsed = tokio
        .handle()
        .raw_block_on(async { tokio.handle().timeout(hour, std::future::pending::<()>()).await });
    assert_eq!(elapsed.unwrap_err().duration(), hour);
    assert!(tokio.handle().now() - start >= hour && real.elapsed() < hour);
}

#[test]
fn local_calls_run_their_futures_on_the_calling_thread() {
    let instrumentor = Instrumentor::installed(Config::new());
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(instrumentor.clone());
    let sum = tokio.raw_block_on(LocalSet::new().run_until(async {
        let here = Rc::new(5);
        let add = |number: i32| {
            let here = Rc::clone(&here);
            async move { Ok::<_, std::fmt::Error>(*here + number) }
        };
        let group = tokio.task_group();
        let member = group.named("member").spawn_local(add(1));
        group.join().await.unwrap();
        let task = add(2).ensure_future_local(&tokio);
        let gathered = tokio.gather([tokio.named("task").spawn_local(add(3))]).await.remove(0);
        member.await.unwrap() + task.await.unwrap().unwrap() + gathered.unwrap().unwrap()
    }));
    assert_eq!(sum, 6 + 7 + 8);
    let snapshot = instrumentor.recorder().snapshot();
    assert_eq!(snapshot.find("member").unwrap().ended(), 1);
    assert_eq!(snapshot.find("task").unwrap().ended(), 1);
    assert_eq!((snapshot.spawned(), snapshot.active()), (3, 0));
}

#[test]
fn spawn_local_can_be_disabled() {
    let instrumentor = Instrumentor::installed(Config::new().without(Method::SpawnLocal));
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(instrumentor.clone());
    let local = LocalSet::new();
    let task = async { tokio.spawn_local(async { 4 }).await.unwrap() };
    assert_eq!(tokio.raw_block_on(local.run_until(task)), 4);
    assert_eq!(instrumentor.recorder().snapshot().series, []);
}

async fn fetch() {}

#[test]
fn a_future_inside_of_tokios_types_has_its_own_name() {
    tokio::task_local! { static LOCAL: u8 }
    let instrumentor = Instrumentor::installed(Config::new());
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(instrumentor.clone());
    tokio.raw_block_on(async {
        tokio.spawn(tokio::time::timeout(Duration::from_secs(60), fetch())).await.unwrap().unwrap();
        tokio.spawn(tokio::task::unconstrained(fetch())).await.unwrap();
        tokio.spawn(LOCAL.scope(1, fetch())).await.unwrap();
        tokio.spawn(tokio::spawn(fetch())).await.unwrap().unwrap();
        tokio.spawn(tokio::time::sleep(Duration::ZERO)).await.unwrap();
    });
    let snapshot = instrumentor.recorder().snapshot();
    let spawned = |name| snapshot.find(name).unwrap().spawned;
    assert_eq!((spawned("fetch"), spawned("JoinHandle"), spawned("Sleep")), (3, 1, 1));
}

/// Uses up the task's budget in each poll and counts the polls. Returns after 10 s: then its deadline never fired.
async fn greedy(polls: &AtomicU32) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        polls.fetch_add(1, Ordering::Relaxed);
        while has_budget_remaining() {
            consume_budget().await;
        }
        consume_budget().await;
    }
}

async fn greedy_task() -> Result<(), ()> {
    greedy(&AtomicU32::new(0)).await;
    Ok(())
}

/// Awaits deadlines of all kinds, each elapsed at its first poll. Returns how often the future of the first was
/// polled.
async fn await_deadlines(runtime: impl RuntimeHooks) -> u32 {
    const MILLI: Duration = Duration::from_millis(1);
    let polls = AtomicU32::new(0);
    let timeout = runtime.timeout(MILLI, greedy(&polls));
    let timeout_at = runtime.timeout_at(runtime.now() + MILLI, greedy_task());
    let mut within = pin!(runtime.as_completed_within(MILLI, [greedy_task()]));
    let wait = runtime.wait([Box::pin(greedy_task())], ReturnWhen::AllCompleted, Some(MILLI));
    let mut interval = runtime.interval(MILLI);
    interval.tick().await;
    runtime.sleep(5 * MILLI).await;
    assert!(timeout.await.is_err());
    assert!(timeout_at.await.is_err());
    assert!(poll_fn(|cx| within.as_mut().poll_next(cx)).await.unwrap().is_err());
    let (done, pending) = wait.await;
    assert_eq!((done.len(), pending.len()), (0, 1));
    interval.tick().await;
    tokio::select! {
        biased;
        _ = greedy_task() => panic!("the interval never ticked"),
        _ = async { interval.tick().await; interval.tick().await } => {}
    }
    polls.into_inner()
}

#[test]
fn deadlines_fire_next_to_a_future_that_uses_up_the_budget() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder.enable_all().build().unwrap();
        let tokio = Tokio::from(runtime.handle().clone());
        // One more poll than without a budget: the timer yields once.
        assert_eq!(runtime.block_on(runtime.spawn(await_deadlines(tokio.clone()))).unwrap(), 2);
        let any = runtime.spawn(await_deadlines(AnyRuntime::new(tokio)));
        assert!(runtime.block_on(any).unwrap() >= 2);
    }
}

/// How many of a thousand elapsed sleeps a task awaits before another task runs.
fn awaited_before_yield<S: Future>(runtime: &Tokio, sleep: impl Fn(Duration) -> S) -> u32 {
    let (awaited, seen) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let local = LocalSet::new();
    runtime.raw_block_on(local.run_until(async {
        let mut sleeps: Vec<_> = (0..1_000).map(|_| Box::pin(sleep(Duration::ZERO))).collect();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let (awaited_count, seen_count) = (Rc::clone(&awaited), Rc::clone(&seen));
        let other = tokio::task::spawn_local(async move { seen_count.set(awaited_count.get()) });
        for sleep in &mut sleeps {
            sleep.await;
            awaited.set(awaited.get() + 1);
        }
        other.await.unwrap();
    }));
    assert_eq!(awaited.get(), 1_000);
    seen.get()
}

#[test]
fn elapsed_sleeps_yield_as_tokios_do() {
    let runtime = TokioRuntime::current_thread().unwrap();
    let own = awaited_before_yield(runtime.handle(), tokio::time::sleep);
    assert!((1..1_000).contains(&own), "{own}");
    assert_eq!(
        awaited_before_yield(runtime.handle(), |duration| runtime.handle().sleep(duration)),
        own
    );
}
