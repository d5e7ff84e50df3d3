//! All three runtimes in one process, one recorder, switched off and on while tasks are in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use runtime_hooks::{Config, Instrumentor, Recorder, RuntimeHooksExt, runtime_by_name};

/// 30 000 tasks on three runtimes from three threads, while a fourth switches all the time: each
/// task is recorded from start to end or not at all.
#[test]
fn switching_while_tasks_run_loses_and_doubles_nothing() {
    let recorder = Recorder::new();
    let config = || Config::new().recorder(recorder.clone());
    let instrumentor = Instrumentor::installed(config());
    let done = Arc::new(AtomicBool::new(false));
    let switch = {
        let (instrumentor, done, config) = (Arc::clone(&instrumentor), Arc::clone(&done), config());
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                instrumentor.uninstall();
                instrumentor.install(config.clone());
            }
        })
    };
    let names = ["tokio", "smol", "async-std"];
    let spawners = names.map(|name| {
        let runtime = runtime_by_name(name).unwrap().observed_by(Arc::clone(&instrumentor));
        thread::spawn(move || {
            let inside = runtime.clone();
            runtime.runtime().block_on(async move {
                let tasks: Vec<_> =
                    (0..10_000_u32).map(|n| inside.task("job").spawn(async move { n })).collect();
                for (n, task) in (0..).zip(tasks) {
                    assert_eq!(task.await.unwrap(), n);
                }
            });
        })
    });
    spawners.into_iter().for_each(|spawner| spawner.join().unwrap());
    done.store(true, Ordering::Relaxed);
    switch.join().unwrap();
    let snapshot = recorder.snapshot();
    for series in &snapshot.series {
        assert_eq!(series.active(), 0, "{:?}", series.key);
        assert_eq!(series.ended(), series.spawned, "{:?}", series.key);
        assert!(series.spawned <= 10_000, "{:?}", series.key);
    }
}
