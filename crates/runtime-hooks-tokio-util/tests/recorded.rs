//! Tasks of tokio-util's collections are recorded, and the collections work as before.
#![cfg(feature = "join-map")]

use runtime_hooks_tokio::{Config, Instrumentor};
use runtime_hooks_tokio_util::task::{JoinMap, JoinQueue, TaskTracker};
use tokio::runtime::Handle;
use tokio::task::LocalSet;

async fn fetch(n: u32) -> u32 {
    tokio::task::yield_now().await;
    n
}

fn work() -> u32 {
    7
}

#[tokio::test]
async fn each_task_and_closure_is_recorded_once() {
    let _ = Instrumentor::global().install(Config::new());
    let spawned = |name: &str| {
        let snapshot = Instrumentor::global().recorder().snapshot();
        snapshot.find(name).map_or((0, 0), |series| (series.spawned, series.ended()))
    };
    let here = Handle::current();
    let local = LocalSet::new();

    let mut map = JoinMap::new();
    map.spawn("one", fetch(1));
    map.spawn_on("two", fetch(2), &here);
    map.spawn_blocking("seven", work);
    map.spawn_blocking_on("seven too", work, &here);
    map.spawn_local_on("three", fetch(3), &local);
    local.run_until(async { map.spawn_local("four", fetch(4)) }).await;
    assert_eq!((map.len(), map.contains_key("two")), (6, true));
    local.await;
    let mut sum = 0;
    while let Some((_, result)) = map.join_next().await {
        sum += result.unwrap();
    }
    assert_eq!(sum, 1 + 2 + 3 + 4 + 7 + 7);
    assert_eq!((spawned("fetch"), spawned("work")), ((4, 4), (2, 2)));

    let mut queue: JoinQueue<u32> = [fetch(1), fetch(2)].into_iter().collect();
    queue.spawn_blocking(work);
    assert_eq!(queue.len(), 3);
    assert_eq!(queue.join_all().await, [1, 2, 7]);
    assert_eq!((spawned("fetch"), spawned("work")), ((6, 6), (3, 3)));

    let tracker = TaskTracker::new();
    tracker.spawn(fetch(1));
    tracker.spawn_blocking(work);
    assert!(TaskTracker::ptr_eq(&tracker, &tracker.clone()));
    tracker.close();
    tracker.wait().await;
    assert_eq!((spawned("fetch"), spawned("work")), ((7, 7), (4, 4)));
}
