//! The tasks that the drop-ins record of a program that does not know of them.

use std::future::{pending, ready};
use std::time::Duration;

use runtime_hooks_core::{Config, Detail, Instrumentor, Kind, Method, SeriesKey, Snapshot, State};

async fn fetch() -> u32 {
    smol::future::yield_now().await;
    4
}

fn work() {}

fn snapshot() -> Snapshot {
    Instrumentor::global().recorder().snapshot()
}

/// The number of spawned tasks of a runtime, and of ended tasks in each state.
fn counts(runtime: &str, name: Option<&str>) -> (u64, [u64; 4]) {
    let is_it = |key: &SeriesKey| key.runtime() == runtime && key.name() == name;
    let states = [State::Finished, State::Cancelled, State::Timeout, State::Exception];
    let mut series = snapshot().series;
    series.retain(|series| is_it(&series.key));
    let ended = states.map(|state| series.iter().map(|series| series.ended_as(state)).sum());
    (series.iter().map(|series| series.spawned).sum(), ended)
}

/// This is a single test because it switches the process's instrumentation on and off.
#[test]
fn every_call_is_recorded_while_it_is_switched_on() {
    assert_eq!(smol::block_on(smol::spawn(fetch())), 4);
    assert_eq!(async_std::task::block_on(async_std::task::spawn(fetch())), 4);
    assert_eq!(snapshot().series, []);
    let _ = Instrumentor::global().install(Config::new().detail(Detail::Full));
    smol();
    async_std();
    tokio();
    Instrumentor::global().disable(Method::Spawn);
    let before = snapshot().spawned() + 1; // of `block_on`
    assert_eq!(smol::future::block_on(smol::spawn(fetch())), 4);
    assert_eq!(snapshot().spawned(), before);
}

fn smol() {
    use smol::future::FutureExt;
    let executor = smol::Executor::new();
    let mut many = Vec::new();
    executor.spawn_many([fetch(), fetch()], &mut many);
    smol::block_on(executor.run(async {
        smol::spawn(fetch()).await;
        executor.spawn(fetch()).await;
        for task in many {
            task.await;
        }
        smol::unblock(work).await;
        fetch().or(pending()).await;
        smol::future::race(ready(1), pending()).await;
        smol::spawn(pending::<()>()).cancel().await;
    }));
    assert_eq!(counts("smol", Some("fetch")), (5, [5, 0, 0, 0]));
    assert_eq!(counts("smol", Some("work")), (1, [1, 0, 0, 0]));
    assert_eq!(counts("smol", Some("Pending")), (1, [0, 1, 0, 0]));
    // The winner of the race and both losers are recorded.
    assert_eq!(counts("smol", None), (3, [1, 2, 0, 0]));
}

fn async_std() {
    use async_std::prelude::*;
    use async_std::{future, io, task};
    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);
    async fn hang() -> u32 {
        pending().await
    }
    async fn refuse() -> io::Result<()> {
        Err(io::ErrorKind::TimedOut.into())
    }
    let named = || task::Builder::new().name("named".to_owned());
    task::block_on(async {
        task::spawn(fetch()).await;
        task::spawn_local(fetch()).await;
        named().spawn(fetch()).unwrap().await;
        named().local(fetch()).unwrap().await;
        task::spawn_blocking(work).await;
        future::timeout(SHORT, hang()).await.unwrap_err();
        hang().timeout(SHORT).await.unwrap_err();
        // A task with a timeout is recorded once.
        task::spawn(future::timeout(SHORT, hang())).await.unwrap_err();
        future::timeout(LONG, fetch()).await.unwrap();
        io::timeout(LONG, refuse()).await.unwrap_err();
        fetch().race(hang()).await;
        fetch().join(fetch()).await;
    });
    named().blocking(fetch());
    assert_eq!(counts("async-std", Some("fetch")), (6, [6, 0, 0, 0]));
    assert_eq!(counts("async-std", Some("named")), (3, [3, 0, 0, 0]));
    assert_eq!(counts("async-std", Some("work")), (1, [1, 0, 0, 0]));
    assert_eq!(counts("async-std", Some("hang")), (4, [0, 1, 3, 0]));
    assert_eq!(counts("async-std", Some("refuse")), (1, [1, 0, 0, 0]));
    let roots = snapshot().series.into_iter().filter(|s| s.key.kind() == Kind::Coroutine);
    assert!(roots.filter(|s| s.key.name().unwrap().starts_with("async_std")).count() == 1);
}

fn tokio() {
    use tokio::runtime::{Builder, Handle, LocalOptions};
    use tokio::task::{self, JoinSet, LocalSet};
    use tokio::time::{Instant, timeout, timeout_at};
    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);
    async fn hang() {
        pending::<()>().await;
    }
    async fn late() {
        pending::<()>().await;
    }
    async fn member() -> Result<u32, ()> {
        Ok(1)
    }
    async fn refuse() -> Result<u32, ()> {
        Err(())
    }
    fn in_place() {}

    #[tokio::main(flavor = "current_thread")]
    async fn entry() {
        tokio::spawn(fetch()).await.unwrap();
    }
    entry();
    assert_eq!(counts("tokio", Some("fetch")), (1, [1, 0, 0, 0]));
    assert_eq!(counts("tokio", Some("entry")), (1, [1, 0, 0, 0]));

    let workers = || {
        let runtimes = snapshot().runtimes;
        runtimes.iter().find(|runtime| runtime.name == "tokio").unwrap().worker_count
    };
    // None is left of the runtime of `entry`.
    assert_eq!(workers(), 0);
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    assert_eq!(workers(), 1);
    runtime.block_on(async {
        let handle = Handle::current();
        task::spawn(fetch()).await.unwrap();
        handle.spawn(fetch()).await.unwrap();
        runtime.handle().spawn(fetch()).await.unwrap();
        runtime.spawn(fetch()).await.unwrap();
        let mut set: JoinSet<u32> = [fetch()].into_iter().collect();
        set.spawn(fetch());
        set.spawn_on(fetch(), &handle);
        assert_eq!(set.join_all().await, [4, 4, 4]);
        task::spawn_blocking(work).await.unwrap();
        handle.spawn_blocking(work).await.unwrap();
        runtime.spawn_blocking(work).await.unwrap();
        let mut set = JoinSet::new();
        set.spawn_blocking(work);
        set.spawn_blocking_on(work, &handle);
        set.join_all().await;
        tokio::spawn(async { task::block_in_place(in_place) }).await.unwrap();
        let hangs = tokio::spawn(hang());
        hangs.abort();
        hangs.await.unwrap_err();
    });
    assert_eq!(counts("tokio", Some("fetch")), (8, [8, 0, 0, 0]));
    assert_eq!(counts("tokio", Some("work")), (5, [5, 0, 0, 0]));
    assert_eq!(counts("tokio", Some("in_place")), (1, [1, 0, 0, 0]));
    assert_eq!(counts("tokio", Some("hang")), (1, [0, 1, 0, 0]));

    // Local tasks.
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        task::spawn_local(fetch()).await.unwrap();
        local.spawn_local(fetch()).await.unwrap();
        let mut set = JoinSet::new();
        set.spawn_local(fetch());
        set.spawn_local_on(fetch(), &local);
        set.join_all().await;
    });
    let own = Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    own.block_on(own.spawn_local(fetch())).unwrap();
    assert_eq!(counts("tokio", Some("fetch")), (13, [13, 0, 0, 0]));

    // Futures with a timeout, including a task, which is recorded once.
    runtime.block_on(async {
        timeout(SHORT, late()).await.unwrap_err();
        timeout_at(Instant::now() + SHORT, late()).await.unwrap_err();
        tokio::spawn(timeout(SHORT, late())).await.unwrap().unwrap_err();
        timeout(LONG, fetch()).await.unwrap();
        drop(timeout(LONG, late()));
        // The future ends at its deadline, not when it is dropped.
        let mut kept = std::pin::pin!(timeout(SHORT, late()));
        kept.as_mut().await.unwrap_err();
        assert_eq!(counts("tokio", Some("late")), (5, [0, 1, 4, 0]));
        timeout(SHORT, timeout(LONG, late())).await.unwrap_err();
        // A task that is awaited with a timeout is recorded once, and continues after the timeout.
        let task = tokio::spawn(hang());
        timeout(SHORT, task).await.unwrap_err();
    });
    assert_eq!(counts("tokio", Some("late")), (6, [0, 1, 5, 0]));
    assert_eq!(counts("tokio", Some("fetch")), (14, [14, 0, 0, 0]));

    // Joined futures.
    runtime.block_on(async {
        assert_eq!(tokio::join!(member(), async { tokio::join!(member()) }), (Ok(1), (Ok(1),)));
        tokio::try_join!(member(), refuse(), member()).unwrap_err();
        tokio::join!(tokio::spawn(fetch()), tokio::spawn(fetch())).0.unwrap();
    });
    assert_eq!(counts("tokio", Some("fetch")), (16, [16, 0, 0, 0]));
    // The last member is cancelled, or finishes if it was polled first.
    let (members, [finished, cancelled, ..]) = counts("tokio", Some("member"));
    assert_eq!((members, finished + cancelled, cancelled <= 1), (4, 4, true));
    assert_eq!(counts("tokio", Some("refuse")), (1, [1, 0, 0, 0]));

    drop(runtime);
    assert_eq!(counts("tokio", Some("hang")), (2, [0, 2, 0, 0]));
    assert_eq!(snapshot().active(), 0);
}
