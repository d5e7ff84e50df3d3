//! All three runtimes in one process, one recorder, switched off and on while tasks are in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use async_channel::Receiver;
use runtime_hooks::{
    AnyRuntime, Config, Instrumentor, JoinHandle, RUNTIMES, Recorder, RuntimeHooks,
    RuntimeHooksExt, State, WithInstrumentor, runtime_by_name,
};

const EACH: u32 = 3_000;

type Runtime = WithInstrumentor<AnyRuntime>;

/// 45 000 tasks on three runtimes wait for a gate. Those that are spawned while the instrumentor is on are recorded, and
/// those that are spawned while it is off are not. Those that are spawned while another thread switches it are each
/// recorded from start to end or not at all.
#[test]
fn switching_while_tasks_run_loses_and_doubles_nothing() {
    let recorder = Recorder::new();
    let config = || Config::new().recorder(recorder.clone());
    let instrumentor = Instrumentor::installed(config());
    let runtimes: Vec<Runtime> = RUNTIMES
        .iter()
        .map(|name| runtime_by_name(name).unwrap().with_instrumentor(Arc::clone(&instrumentor)))
        .collect();
    let (gate, closed) = async_channel::bounded::<()>(1);
    let spawned = || -> Vec<u64> {
        let snapshot = recorder.snapshot();
        let of = |name: &&str| snapshot.find_all("job").find(|s| s.key.runtime() == *name).cloned();
        RUNTIMES.iter().map(|name| of(name).map_or(0, |series| series.spawned)).collect()
    };
    let all = |count: u32| vec![u64::from(count); RUNTIMES.len()];

    let mut tasks = spawn_on_each(&runtimes, &closed);
    assert_eq!(spawned(), all(EACH));
    assert!(instrumentor.uninstall());
    tasks.extend(spawn_on_each(&runtimes, &closed));
    assert_eq!(spawned(), all(EACH));

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let switcher = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = instrumentor.install(config());
                instrumentor.uninstall();
            }
        });
        for _ in 0..2 {
            tasks.extend(spawn_on_each(&runtimes, &closed));
        }
        is_over.store(true, Ordering::Relaxed);
        switcher.join().unwrap();
    });
    let before = spawned();
    let possible = u64::from(EACH)..=u64::from(3 * EACH);
    assert!(before.iter().all(|count| possible.contains(count)), "{before:?}");
    let _ = instrumentor.install(config());
    tasks.extend(spawn_on_each(&runtimes, &closed));
    let in_flight: Vec<_> = before.iter().map(|count| count + u64::from(EACH)).collect();
    assert_eq!(spawned(), in_flight);
    assert_eq!(recorder.snapshot().active(), in_flight.iter().sum::<u64>());

    drop(gate);
    for (runtime, n, task) in tasks {
        assert_eq!(runtime.raw_block_on(task).unwrap(), n);
    }
    assert_eq!((spawned(), recorder.snapshot().active()), (in_flight.clone(), 0));
    assert_eq!(recorder.snapshot().ended_as(State::Finished), in_flight.iter().sum::<u64>());
}

/// Spawns [`EACH`] tasks on each runtime, from one thread each. They return their numbers once the gate is dropped.
fn spawn_on_each(
    runtimes: &[Runtime],
    gate: &Receiver<()>,
) -> Vec<(Runtime, u32, JoinHandle<u32, Runtime>)> {
    let spawn = |runtime: &Runtime| -> Vec<_> {
        let job = |n| {
            let gate = gate.clone();
            runtime.named("job").spawn(async move { gate.recv().await.map_or(n, |()| 0) })
        };
        (0..EACH).map(|n| (runtime.clone(), n, job(n))).collect()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = runtimes.iter().map(|r| scope.spawn(move || spawn(r))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}
