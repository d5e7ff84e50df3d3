//! Whether a watchdog reports runtimes that do not run their tasks.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use runtime_hooks::{
    IncidentKind, OnExecutor, RuntimeHooks, RuntimeHooksExt, Starvation, TokioRuntime, Watchdog,
};

use crate::reported::{LIMIT, Reported, THRESHOLD, instrumentor, turn};

/// The first starvation of a task with this name. Stalls are skipped.
fn starvation(reported: &Receiver<Reported>, name: &str) -> Starvation {
    loop {
        let reported = reported.recv_timeout(LIMIT).unwrap();
        if reported.kind == IncidentKind::Starvation {
            assert_eq!(reported.name, name);
            assert!(reported.duration >= THRESHOLD && reported.file.ends_with("starvation.rs"));
            return reported.starvation.unwrap();
        }
    }
}

#[test]
fn a_runtime_that_does_not_run_its_tasks_is_reported() {
    let _turn = turn();
    let (instrumentor, reported) = instrumentor();
    let executor: &_ = Box::leak(Box::new(async_executor::Executor::new()));
    let runtime = OnExecutor(executor).with_instrumentor(Arc::clone(&instrumentor));
    let watchdog = Watchdog::builder().instrumentor(instrumentor).start().unwrap();
    let task = runtime.named("waits").spawn(async { 7 });
    let starved = starvation(&reported, "waits");
    assert_eq!((starved.waiting, starved.running), (1, vec![]));
    assert!(starved.task.is_some());
    assert_eq!(runtime.raw_block_on(task).unwrap(), 7);
    assert!(watchdog.stop());
}

#[test]
fn a_worker_that_is_held_and_the_tasks_behind_it_are_reported() {
    let _turn = turn();
    let (instrumentor, reported) = instrumentor();
    let tokio = TokioRuntime::current_thread().unwrap();
    let runtime = tokio.handle().with_instrumentor(Arc::clone(&instrumentor));
    let watchdog = Watchdog::builder().instrumentor(instrumentor).start().unwrap();
    let (release, released) = channel::<()>();
    let holds = runtime.named("holds").spawn(async move {
        let _ = released.recv();
    });
    let waits: Vec<_> = (0..3).map(|_| runtime.named("waits").spawn(async {})).collect();
    let driver = std::thread::Builder::new().name("driver".to_owned());
    let driver = driver.spawn(move || {
        tokio.block_on(async {
            holds.await.unwrap();
            for task in waits {
                task.await.unwrap();
            }
        });
    });
    let starved = starvation(&reported, "waits");
    assert_eq!(starved.waiting, 3);
    let [running] = &starved.running[..] else { panic!("{starved}") };
    assert_eq!(
        (running.name.as_deref(), running.thread.as_deref()),
        (Some("holds"), Some("driver"))
    );
    drop(release);
    driver.unwrap().join().unwrap();
    assert!(watchdog.stop());
}
