//! Many tasks at once.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures_lite::future::yield_now;
use runtime_hooks_core::{Config, EnsureFuture, Method, RuntimeHooksExt, State};

use crate::tools::Gate;
use crate::{Counts, Harness, Stage};

const THREADS: u64 = 4;
const ROUNDS: u64 = 5_000;

/// Four threads spawn 100 000 tasks. A fifth of them each returns, panics, is aborted, is dropped without a poll, and is a
/// closure. At the end every sum is exact.
pub fn counts_of_spawns_aborts_and_panics_add_up<H: Harness>() {
    // Each round panics on purpose. The hook does not print these panics.
    quietly(|| {
        let stage = Stage::<H>::new();
        let spawner = || {
            let runtime = stage.runtime.clone();
            move || {
                let mut tasks = Vec::new();
                for _ in 0..ROUNDS {
                    tasks.push(runtime.named("returns").spawn(async {
                        yield_now().await;
                    }));
                    tasks.push(
                        runtime.named("panics").spawn(async { std::panic::panic_any(Quiet) }),
                    );
                    let waits = runtime.named("waits").spawn(pending::<()>());
                    waits.abort();
                    tasks.push(waits);
                    drop(runtime.named("unpolled").instrument(async {}));
                    tasks.push(runtime.named("closure").spawn_blocking(|| ()));
                }
                tasks
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| thread::spawn(spawner())).collect();
        let tasks: Vec<_> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        let failed = stage.play(async {
            let mut failed = 0;
            for task in tasks {
                failed += u64::from(task.await.is_err());
            }
            failed
        });
        let each = THREADS * ROUNDS;
        assert_eq!(failed, 2 * each);
        assert_eq!(stage.counts("returns"), Counts::finished(each));
        assert_eq!(stage.counts("panics"), Counts::exception(each));
        assert_eq!(stage.counts("waits"), Counts::cancelled(each));
        assert_eq!(stage.counts("unpolled"), Counts::cancelled(each));
        assert_eq!(stage.counts("closure"), Counts::finished(each));
        let snapshot = stage.snapshot();
        assert_eq!((snapshot.spawned(), snapshot.active()), (5 * each, 0));
        assert_eq!(snapshot.ended_as(State::Finished), 2 * each);
    });
}

/// Several threads start a hundred thousand tasks with several methods, while another one switches everything, or one
/// method, off and on. Each task that is counted as spawned ends once, and no other end is counted. While nothing switches,
/// a task is counted if and only if the instrumentor is on.
pub fn switching_on_and_off_loses_and_doubles_nothing<H: Harness>() {
    const EACH: u32 = 4_000;
    let stage = Stage::<H>::new();
    let (gate, is_over) = (Gate::default(), AtomicBool::new(false));
    let spawn_all = || {
        let runtime = &stage.runtime;
        let group = runtime.named("task_group").task_group();
        let flies = |number: u32| flies(gate.clone(), number);
        let (mut tasks, mut members) = (Vec::new(), Vec::new());
        for number in 0..EACH {
            tasks.push(runtime.named("spawn").spawn(flies(number)));
            tasks.push(
                runtime.named("spawn_threadsafe").spawn_threadsafe(flies(number)).into_async(),
            );
            tasks.push(flies(number).ensure_future(runtime));
            let member = flies(number);
            members.push(group.spawn(async { Ok::<_, Infallible>(member.await) }));
        }
        (tasks, members, group)
    };
    let switch = || {
        for method in Method::ALL.iter().cycle() {
            if is_over.load(Ordering::Acquire) {
                return;
            }
            stage.instrumentor.disable(*method);
            stage.instrumentor.enable(*method);
            assert!(stage.instrumentor.uninstall());
            let _ = stage.instrumentor.install(Config::new().recorder(stage.recorder.clone()));
        }
    };
    let names = ["spawn", "spawn_threadsafe", "flies", "task_group"];
    let (each, spawned) = (u64::from(EACH), || names.map(|name| stage.counts(name).spawned));
    let mut all = vec![spawn_all()];
    stage.instrumentor.uninstall();
    all.push(spawn_all());
    assert_eq!(spawned(), [each; 4]);
    let _ = stage.instrumentor.install(Config::new().recorder(stage.recorder.clone()));
    all.push(spawn_all());
    assert_eq!(spawned(), [2 * each; 4]);
    thread::scope(|scope| {
        let over = SetAtEnd(&is_over);
        let switcher = scope.spawn(switch);
        let spawners: Vec<_> = (0..THREADS).map(|_| scope.spawn(spawn_all)).collect();
        all.extend(spawners.into_iter().map(|spawner| spawner.join().unwrap()));
        let in_flight = spawned();
        assert_eq!(names.map(|name| stage.counts(name)), in_flight.map(Counts::active));
        assert!(in_flight.iter().all(|count| *count <= (2 + THREADS) * each));
        gate.open();
        let sum = stage.play(async {
            let mut sum = 0;
            for (tasks, members, group) in all {
                for task in tasks {
                    sum += u64::from(task.await.unwrap());
                }
                group.join().await.unwrap();
                for member in members {
                    sum += u64::from(member.await.unwrap());
                }
            }
            sum
        });
        drop(over);
        switcher.join().unwrap();
        assert_eq!(sum, 4 * (3 + THREADS) * each * (each - 1) / 2);
        assert_eq!(names.map(|name| stage.counts(name)), in_flight.map(Counts::finished));
        assert_eq!(stage.snapshot().active(), 0);
    });
}

async fn flies(gate: Gate, number: u32) -> u32 {
    gate.passed().await;
    number
}

/// Sets the flag when it is dropped, also if the case fails. Otherwise the thread that waits for the flag would wait
/// forever.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The payload of an intended panic.
struct Quiet;

fn quietly(run: impl FnOnce()) {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Quiet>() {
                loud(info);
            }
        }));
    });
    run();
}
