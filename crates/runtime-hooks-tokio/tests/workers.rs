//! The gauges of tokio's runtimes reach the recorder that is installed, without a call of the program.

use std::time::Duration;

use runtime_hooks_core::{Config, Installed, Instrumentor, Recorder};
use runtime_hooks_tokio::{RuntimeHooksExt as _, Tokio, TokioRuntime};
use tokio::runtime::{Builder, Runtime};

fn bare(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

/// The number of workers, and the sum of their busy times.
fn workers(recorder: &Recorder) -> (u64, Duration) {
    let runtimes = recorder.snapshot().runtimes;
    let tokio = runtimes.iter().find(|runtime| runtime.name == "tokio");
    tokio.map_or((0, Duration::ZERO), |tokio| {
        (tokio.worker_count, tokio.gauges.workers.iter().map(|worker| worker.busy).sum())
    })
}

fn install(recorder: &Recorder) {
    let config = Config::new().recorder(recorder.clone());
    assert_eq!(Instrumentor::global().install(config), Installed::Now);
}

/// This is a single test because it installs the process's instrumentor.
#[test]
fn runtimes_report_their_workers_while_they_exist() {
    let (first, second) = (Recorder::new(), Recorder::new());
    // Made before the installation.
    let early = TokioRuntime::from(bare(2));
    install(&first);
    assert_eq!(workers(&first).0, 2);
    let other = TokioRuntime::from(bare(3));
    assert_eq!(workers(&first).0, 5);
    other.block_on(async { tokio::spawn(async { std::hint::black_box(1) }).await.unwrap() });
    // None are left of an owned runtime that is gone, and its times stay.
    let busy = workers(&first).1;
    drop(other);
    assert_eq!(workers(&first).0, 2);
    assert!(workers(&first).1 >= busy, "the times of the runtime that is gone");

    // A runtime that somebody else owns reports once, however many handles there are.
    let foreign = bare(4);
    foreign.block_on(async {
        let handles = [Tokio::current(), Tokio::try_current().unwrap()];
        assert_eq!(workers(&first).0, 6);
        drop(handles);
        Tokio::current()
    });
    std::thread::scope(|scope| {
        scope.spawn(|| Tokio::from(foreign.handle().clone())).join().unwrap()
    });
    assert_eq!(workers(&first).0, 6);
    let watch = Tokio::from(foreign.handle().clone()).watch();
    assert_eq!(workers(&first).0, 6);
    drop(watch);
    // Also if its owner becomes known.
    let before = workers(&first).1;
    let owned = TokioRuntime::from(foreign);
    owned.block_on(async { Tokio::current() });
    assert_eq!(workers(&first).0, 6);
    drop(owned);
    let after = workers(&first);
    // Its times are counted once.
    assert!(
        after.0 == 2 && after.1 < 2 * before + Duration::from_millis(1),
        "{before:?} {after:?}"
    );

    // Another installation: the runtimes report there.
    assert!(Instrumentor::global().uninstall());
    install(&second);
    assert_eq!((workers(&first).0, workers(&second).0), (0, 2));
    early.shutdown_background();
    assert_eq!(workers(&second).0, 0);

    // Of foreign runtimes, the last 16 are read.
    let many: Vec<_> = (0..20).map(|_| bare(1)).collect();
    many.iter().for_each(|runtime| drop(Tokio::from(runtime.handle().clone())));
    assert_eq!(workers(&second).0, 16);
}
