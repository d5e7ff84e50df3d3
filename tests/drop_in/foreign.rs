//! Tasks that other crates spawn on an instrumented runtime. The runtime's hooks record them under `tokio_unstable`.
#![cfg(tokio_unstable)]

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hyper::rt::Executor;
use hyper_util::rt::TokioExecutor;
use runtime_hooks_core::{Config, Detail, Instrumentor, RuntimeHooksExt, SeriesSnapshot, State};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{self, JoinSet, LocalSet};

async fn ours() {
    task::yield_now().await;
}

/// A task that hyper spawns on tokio.
async fn theirs(done: oneshot::Sender<()>) {
    task::yield_now().await;
    done.send(()).unwrap();
}

/// The series of tasks that were spawned in this file of another crate.
fn spawned_in(file: &str) -> Vec<SeriesSnapshot> {
    let recorder = Instrumentor::global().recorder();
    let is_in = |series: &SeriesSnapshot| {
        recorder.spawn_site(&series.key).is_some_and(|site| site.location.file().ends_with(file))
    };
    recorder.snapshot().series.into_iter().filter(is_in).collect()
}

/// This is a single test because it switches the process's instrumentation on.
#[test]
fn a_foreign_task_is_counted_under_its_spawn_site_and_ours_once() {
    const HYPER: &str = "src/rt/tokio.rs";
    let called = Arc::new(AtomicU32::new(0));
    let count = || {
        let called = Arc::clone(&called);
        move |_: &tokio::runtime::TaskMeta<'_>| {
            called.fetch_add(1, Ordering::SeqCst);
        }
    };
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().on_task_spawn(count());
    let runtime = builder.on_task_terminate(count()).build().unwrap();

    // While the instrumentation is off, nothing is recorded of the task, then or later.
    let begun = runtime.block_on(async {
        let (done, is_done) = oneshot::channel();
        TokioExecutor::new().execute(theirs(done));
        is_done.await.unwrap();
        let (begin, begun) = oneshot::channel();
        TokioExecutor::new().execute(async move {
            begin.send(()).unwrap();
            pending::<()>().await;
        });
        begun.await
    });
    begun.unwrap();
    assert_eq!(called.load(Ordering::SeqCst), 3);
    let _ = Instrumentor::global().install(Config::new().detail(Detail::Full));
    assert_eq!(spawned_in(HYPER), []);

    runtime.block_on(async {
        for _ in 0..10 {
            let (done, is_done) = oneshot::channel();
            TokioExecutor::new().execute(theirs(done));
            is_done.await.unwrap();
        }
        // Each of our tasks is recorded once, for each way to spawn it.
        task::spawn(ours()).await.unwrap();
        JoinSet::from_iter([ours(), ours()]).join_all().await;
        task::Builder::new().name("named").spawn(ours()).unwrap().await.unwrap();
        LocalSet::new().run_until(async { task::spawn_local(ours()).await.unwrap() }).await;
        task::spawn_blocking(|| ()).await.unwrap();
        tokio::Tokio::current().spawn(ours()).await.unwrap();
        // This task is alive when the runtime shuts down.
        let (begin, begun) = oneshot::channel();
        TokioExecutor::new().execute(async move {
            begin.send(()).unwrap();
            pending::<()>().await;
        });
        begun.await.unwrap();
    });
    let handle = runtime.handle().clone();
    drop(runtime);
    // This task is spawned after the shutdown.
    let _entered = handle.enter();
    TokioExecutor::new().execute(pending::<()>());

    // A runtime that is made without a builder.
    let (done, is_done) = oneshot::channel();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        TokioExecutor::new().execute(theirs(done));
        is_done.await.unwrap();
    });

    let theirs = spawned_in(HYPER);
    let [theirs] = &*theirs else { panic!("one place: {theirs:?}") };
    assert_eq!((theirs.key.name(), theirs.key.runtime()), (Some("hyper_util"), "tokio"));
    assert_eq!((theirs.spawned, theirs.active()), (13, 0));
    // A task that is dropped between two polls is cancelled.
    assert_eq!(
        [State::Finished, State::Cancelled, State::Timeout, State::Exception]
            .map(|state| theirs.ended_as(state)),
        [11, 2, 0, 0]
    );
    // Each task that ended has two polls, and the one that waited has one.
    assert_eq!(theirs.poll.count(), 23);

    let snapshot = Instrumentor::global().recorder().snapshot();
    assert_eq!(snapshot.find("ours").unwrap().spawned, 5);
    assert_eq!(snapshot.find("named").unwrap().spawned, 1);
    assert_eq!(snapshot.active(), 0);
    // Two `block_on`, a closure and the foreign tasks: no task was counted twice.
    assert_eq!(snapshot.spawned(), 5 + 1 + 2 + 1 + 13);
}
