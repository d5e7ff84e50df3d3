//! Everything at once.

use std::future::pending;
use std::thread;

use futures_lite::future::yield_now;
use runtime_hooks_core::{RuntimeHooksExt, State};

use crate::{Counts, Harness, Stage};

const THREADS: u64 = 4;
const ROUNDS: u64 = 5_000;

/// 100 000 processes from four threads: a quarter each returns, panics, is aborted, is dropped
/// unpolled, and a closure for each of them; at the end every sum is exact.
pub fn of_spawns_aborts_and_panics_adds_up<H: Harness>() {
    // A panic a round would fill the screen; what is thrown here is no news.
    quietly(|| {
        let stage = Stage::<H>::new();
        let spawner = || {
            let runtime = stage.runtime.clone();
            move || {
                let mut tasks = Vec::new();
                for _ in 0..ROUNDS {
                    tasks.push(runtime.task("returns").spawn(async {
                        yield_now().await;
                    }));
                    tasks
                        .push(runtime.task("panics").spawn(async { std::panic::panic_any(Quiet) }));
                    let waits = runtime.task("waits").spawn(pending::<()>());
                    waits.abort();
                    tasks.push(waits);
                    drop(runtime.task("unpolled").instrument(async {}));
                    tasks.push(runtime.task("closure").spawn_blocking(|| ()));
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

/// The payload of a panic that is meant.
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
