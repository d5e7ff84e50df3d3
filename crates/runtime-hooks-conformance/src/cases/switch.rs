//! Switching on and off while the program runs.

use std::convert::Infallible;
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{AsyncioExt, Config, EnsureFuture, Installed, Method, RuntimeHooksExt};

use crate::{Counts, Harness, Stage};

async fn job() -> u32 {
    yield_now().await;
    1
}

fn again<H: Harness>(stage: &Stage<H>) -> Installed {
    stage.instrumentor.install(Config::new().recorder(stage.recorder.clone()))
}

/// An instrumentor that is off records nothing, for all methods.
pub fn an_instrumentor_that_is_off_records_nothing<H: Harness>() {
    let stage = Stage::<H>::new();
    assert!(stage.instrumentor.uninstall());
    assert!(!stage.instrumentor.uninstall());
    let runtime = &stage.runtime;
    stage.play(async {
        runtime.spawn(job()).await.unwrap();
        runtime.spawn_blocking(|| ()).await.unwrap();
        let waits = std::future::pending::<()>();
        runtime.timeout(std::time::Duration::ZERO, waits).await.unwrap_err();
        runtime.instrument(job()).await;
    });
    assert_eq!(stage.snapshot().series, []);
}

/// While it is off, outputs, panics and cancellations are those of the bare runtime.
pub fn an_instrumentor_that_is_off_changes_no_output<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.instrumentor.uninstall();
    stage.play(async {
        assert_eq!(stage.runtime.spawn(job()).await.unwrap(), 1);
        let panics = async { std::panic::panic_any(4_u8) };
        assert!(stage.runtime.spawn(panics).await.unwrap_err().is_panic());
        let waits = stage.runtime.spawn(std::future::pending::<()>());
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
    });
}

/// The end of a task that was submitted while it was on is counted.
pub fn a_running_task_is_counted_after_switching_off<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<()>();
    stage.play(async {
        let task = stage.runtime.named("runs").spawn(async { gate.await.unwrap() });
        stage.instrumentor.uninstall();
        assert_eq!(stage.counts("runs"), Counts::active(1));
        open.send(()).unwrap();
        task.await.unwrap();
    });
    assert_eq!(stage.counts("runs"), Counts::finished(1));
}

/// A second installation returns that it is not the first, and changes nothing.
pub fn a_second_installation_changes_nothing<H: Harness>() {
    let stage = Stage::<H>::new();
    let other = Config::new().namespace("other").without(Method::Spawn);
    assert_eq!(stage.instrumentor.install(other), Installed::Already);
    assert_eq!(stage.instrumentor.export_settings().namespace(), "asyncio");
    stage.play(async { stage.runtime.spawn(job()).await }).unwrap();
    assert_eq!(stage.counts("job"), Counts::finished(1));
}

/// Recorded counts stay, and new counts are added.
pub fn switching_on_again_continues_the_counts<H: Harness>() {
    let stage = Stage::<H>::new();
    let run = || stage.play(async { stage.runtime.spawn(job()).await }).unwrap();
    for round in 1..=3 {
        run();
        stage.instrumentor.uninstall();
        run();
        assert_eq!(stage.counts("job"), Counts::finished(round));
        assert_eq!(again(&stage), Installed::Now);
    }
}

/// One method is disabled, the others are not. Then it is enabled again.
pub fn one_method_can_be_disabled<H: Harness>() {
    let stage = Stage::<H>::new();
    let round = || {
        stage.play(async {
            stage.runtime.spawn(job()).await.unwrap();
            stage.runtime.named("closure").spawn_blocking(|| ()).await.unwrap();
        });
        (stage.counts("job").finished, stage.counts("closure").finished)
    };
    stage.instrumentor.disable(Method::SpawnBlocking);
    assert_eq!(round(), (1, 0));
    stage.instrumentor.enable(Method::SpawnBlocking);
    stage.instrumentor.disable(Method::Spawn);
    assert_eq!(round(), (1, 1));
}

/// A task from before the installation is not recorded at its end: there is no end without a start.
pub fn a_task_from_before_the_installation_is_not_recorded<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.instrumentor.uninstall();
    let (open, gate) = oneshot::channel::<()>();
    stage.play(async {
        let task = stage.runtime.named("before").spawn(async { gate.await.unwrap() });
        let _ = again(&stage);
        open.send(()).unwrap();
        task.await.unwrap();
    });
    assert_eq!(stage.snapshot().series, []);
}

/// Each method can be disabled. That call alone then records nothing, and still returns its output.
pub fn each_method_can_be_disabled<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    let ready = async || Ok::<_, Infallible>(1_u32);
    let play = |method: Method| {
        stage.play(async {
            match method {
                Method::Spawn => runtime.spawn(ready()).await.unwrap(),
                Method::SpawnBlocking => {
                    runtime.named("closure").spawn_blocking(|| Ok(1)).await.unwrap()
                }
                Method::Timeout => runtime.timeout(Duration::ZERO, ready()).await.unwrap(),
                Method::Instrument => runtime.instrument(ready()).await,
                Method::EnsureFuture => ready().ensure_future(runtime).await.unwrap(),
                Method::Gather => runtime.gather([ready()]).await[0],
                Method::AsCompleted => {
                    runtime.as_completed(vec![Box::pin(ready())]).next().await.unwrap()
                }
                Method::SpawnThreadsafe => {
                    runtime.spawn_threadsafe(ready()).into_async().await.unwrap()
                }
                Method::TaskGroup => {
                    let group = runtime.task_group();
                    let task = group.spawn(ready());
                    group.join().await.unwrap();
                    Ok(task.await.unwrap())
                }
                // Some runtimes lack these, or forbid them inside of a task: other tests cover them.
                Method::SpawnLocal | Method::BlockOn | Method::Race => Ok(1),
                other => panic!("{} is not tested", other.as_str()),
            }
        })
    };
    for method in Method::ALL.iter().copied() {
        let before = stage.snapshot().spawned();
        stage.instrumentor.disable(method);
        assert_eq!(play(method), Ok(1), "{}", method.as_str());
        assert_eq!(stage.snapshot().spawned(), before, "{} is off", method.as_str());
        stage.instrumentor.enable(method);
        assert_eq!(play(method), Ok(1), "{}", method.as_str());
        let elsewhere = matches!(method, Method::SpawnLocal | Method::BlockOn | Method::Race);
        let one = u64::from(!elsewhere);
        assert_eq!(stage.snapshot().spawned(), before + one, "{} is on", method.as_str());
    }
    assert_eq!(stage.snapshot().active(), 0);
}

/// `block_on` can be disabled too.
pub fn block_on_can_be_disabled<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.instrumentor.disable(Method::BlockOn);
    assert_eq!(stage.runtime.block_on(job()), 1);
    assert_eq!(stage.snapshot().series, []);
    stage.instrumentor.enable(Method::BlockOn);
    assert_eq!(stage.runtime.block_on(job()), 1);
    assert_eq!(stage.counts("job"), Counts::finished(1));
}
