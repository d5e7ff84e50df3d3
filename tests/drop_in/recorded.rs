//! What the drop-ins record of a program that knows nothing of them.

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

/// How many processes of a runtime were spawned and ended in which state.
fn counts(runtime: &str, name: Option<&str>) -> (u64, [u64; 4]) {
    let snapshot = snapshot();
    let is_it = |key: &SeriesKey| key.runtime() == runtime && key.name() == name;
    let series = snapshot.series.iter().find(|series| is_it(&series.key));
    series.map_or((0, [0; 4]), |s| (s.spawned, State::ALL.map(|state| s.ended_as(state))))
}

/// One test, since it switches the process's instrumentation on and off.
#[test]
fn everything_while_it_is_switched_on() {
    assert_eq!(smol::block_on(smol::spawn(fetch())), 4);
    assert_eq!(async_std::task::block_on(async_std::task::spawn(fetch())), 4);
    assert_eq!(snapshot().series, []);
    Instrumentor::global().install(Config::new().detail(Detail::Full));
    smol();
    async_std();
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
    // The winner of the race, and both losers.
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
        future::timeout(LONG, fetch()).await.unwrap();
        io::timeout(LONG, refuse()).await.unwrap_err();
        fetch().race(hang()).await;
        fetch().join(fetch()).await;
    });
    named().blocking(fetch());
    assert_eq!(counts("async-std", Some("fetch")), (6, [6, 0, 0, 0]));
    assert_eq!(counts("async-std", Some("named")), (3, [3, 0, 0, 0]));
    assert_eq!(counts("async-std", Some("work")), (1, [1, 0, 0, 0]));
    assert_eq!(counts("async-std", Some("hang")), (3, [0, 1, 2, 0]));
    assert_eq!(counts("async-std", Some("refuse")), (1, [1, 0, 0, 0]));
    let roots = snapshot().series.into_iter().filter(|s| s.key.kind() == Kind::Coroutine);
    assert!(roots.filter(|s| s.key.name().unwrap().starts_with("async_std")).count() == 1);
}
