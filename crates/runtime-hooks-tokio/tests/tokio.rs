//! What only tokio has: local sets, gauges, runtimes inside of which others are asked.

use std::rc::Rc;
use std::time::Duration;

use runtime_hooks_tokio::{
    Config, Detail, Instrumentor, RuntimeHooks, RuntimeHooksExt, Tokio, TokioRuntime,
};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

#[test]
fn a_local_set_runs_what_is_not_send() {
    let instrumentor = Instrumentor::installed(Config::new().detail(Detail::Full));
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.observed_by(instrumentor.clone());
    let local = LocalSet::new();
    let sum = tokio.raw_block_on(local.run_until(async {
        let here = Rc::new(20);
        let task = tokio.task("local").spawn_local(async move {
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
    let tokio = runtime.observed_by(instrumentor.clone());
    let local = LocalSet::new();
    tokio.raw_block_on(local.run_until(async {
        drop(tokio.task("waits").spawn_local(std::future::pending::<()>()));
        tokio::task::yield_now().await;
    }));
    drop(local);
    let snapshot = instrumentor.recorder().snapshot();
    let series = snapshot.find("waits").unwrap();
    assert_eq!((series.active(), series.ended_as(runtime_hooks_core::State::Cancelled)), (0, 1));
}

#[test]
fn gauges_are_tokios_own_and_stay_when_it_is_gone() {
    let instrumentor = Instrumentor::installed(Config::new());
    let recorder = instrumentor.recorder();
    let runtime = Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let tokio = Tokio::from(runtime.handle().clone()).observed_by(instrumentor);
    let watch = tokio.watch();
    runtime.block_on(async {
        let task = tokio.task("spins").spawn(async {
            let start = std::time::Instant::now();
            while start.elapsed() < Duration::from_millis(2) {}
        });
        task.await.unwrap();
    });
    // A worker adds its busy time up when it goes to sleep: as soon as it does, it can be seen.
    let busy = || {
        let [of_tokio] = &*recorder.snapshot().runtimes else { panic!("one runtime") };
        assert_eq!((of_tokio.name, of_tokio.gauges.workers.len()), ("tokio", 3));
        of_tokio.gauges.workers.iter().map(|worker| worker.busy).sum::<Duration>()
    };
    let start = std::time::Instant::now();
    while busy() < Duration::from_millis(2) {
        assert!(start.elapsed().as_secs() < 60, "no worker ever says that it was busy");
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
    assert!(runtime.raw_block_on(async { Tokio::try_current().is_ok() }));
}

#[test]
fn a_task_may_hold_the_last_handle() {
    let runtime = TokioRuntime::from(Builder::new_multi_thread().build().unwrap());
    let tokio: Tokio = runtime.clone();
    runtime.raw_block_on(async {
        let held = tokio.clone();
        tokio.spawn(async move { drop(held) }).await.unwrap();
    });
    drop(runtime);
    // Its runtime is gone: the task is dropped, not run.
    assert!(tokio.spawn(async {}).is_finished());
}

#[test]
fn paused_time_is_tokios() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let tokio = TokioRuntime::from(runtime);
    let (real, start) = (std::time::Instant::now(), tokio.now());
    let hour = Duration::from_secs(3_600);
    let elapsed =
        tokio.raw_block_on(async { tokio.timeout(hour, std::future::pending::<()>()).await });
    assert_eq!(elapsed.unwrap_err().duration(), hour);
    assert!(tokio.now() - start >= hour && real.elapsed() < hour);
}
