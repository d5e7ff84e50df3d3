//! The Rust half of docs/coming-from-python.md: its code is compiled and run here.

use std::error::Error;
use std::io;
use std::time::Duration;

use runtime_hooks::{
    AsyncioExt, Config, EnsureFuture, Instrumentor, Kind, Method, Outcome, Recorder, ReturnWhen,
    RuntimeHooks, RuntimeHooksExt, Smol, Snapshot, State, TaskError, WithInstrumentor, state_of,
};

type Runtime = WithInstrumentor<Smol>;

async fn fetch(number: u32) -> u32 {
    smol::future::yield_now().await;
    2 * number
}

async fn refuse(_: u32) -> io::Result<u32> {
    Err(io::Error::other("refused"))
}

async fn hang() -> u32 {
    std::future::pending().await
}

fn hash(text: &str) -> usize {
    text.len()
}

/// Runs a scene, and returns a snapshot of what was recorded.
fn play(scene: impl AsyncFnOnce(&Runtime) -> Result<(), Box<dyn Error>>) -> Snapshot {
    let instrumentor = Instrumentor::installed(Config::new());
    let runtime = Smol.with_instrumentor(instrumentor.clone());
    runtime.raw_block_on(scene(&runtime)).unwrap();
    instrumentor.recorder().snapshot()
}

fn counts(snapshot: &Snapshot, name: &str) -> [u64; 4] {
    let series = snapshot.find(name).unwrap();
    [State::Finished, State::Cancelled, State::Timeout, State::Exception]
        .map(|state| series.ended_as(state))
}

#[test]
fn install() {
    // on
    let hooks = runtime_hooks::instrument();
    // one method off, and on again
    Instrumentor::global().disable(Method::Gather);
    Instrumentor::global().enable(Method::Gather);
    // off
    Instrumentor::global().uninstall();
    assert!(hooks.is_first());
}

#[test]
fn create_task() {
    let snapshot = play(async |runtime| {
        let task = runtime.spawn(fetch(1));
        let output = task.await?;
        assert_eq!(output, 2);
        Ok(())
    });
    assert_eq!(counts(&snapshot, "fetch"), [1, 0, 0, 0]);
}

#[test]
fn cancel() {
    let snapshot = play(async |runtime| {
        let task = runtime.spawn(hang());
        task.abort();
        if let Err(error) = task.await {
            assert!(error.is_cancelled());
        }
        Ok(())
    });
    assert_eq!(counts(&snapshot, "hang"), [0, 1, 0, 0]);
}

#[test]
fn ensure_future() {
    let snapshot = play(async |runtime| {
        let task = fetch(1).ensure_future(runtime);
        let same = task.ensure_future(runtime);
        same.await?;
        Ok(())
    });
    assert_eq!(counts(&snapshot, "fetch"), [1, 0, 0, 0]);
}

#[test]
fn gather() {
    let snapshot = play(async |runtime| {
        let outputs = runtime.gather([1, 2, 3].map(fetch)).await;
        assert_eq!(outputs, [2, 4, 6]);
        Ok(())
    });
    assert_eq!(counts(&snapshot, "fetch"), [3, 0, 0, 0]);
}

#[test]
fn gather_with_exceptions() {
    let snapshot = play(async |runtime| {
        // return_exceptions=True
        let results = runtime.gather([1, 2].map(refuse)).await;
        assert!(results.iter().all(|result| result.is_err()));
        // return_exceptions=False
        let error = runtime.try_gather([1, 2].map(refuse)).await.unwrap_err();
        assert_eq!(error.to_string(), "refused");
        Ok(())
    });
    assert_eq!(snapshot.find("refuse").unwrap().spawned, 4);
}

#[test]
fn wait_for() {
    let snapshot = play(async |runtime| {
        match runtime.timeout(Duration::from_millis(10), hang()).await {
            Ok(output) => println!("{output}"),
            Err(elapsed) => println!("{elapsed}"), // not ready after 10ms
        }
        Ok(())
    });
    assert_eq!(counts(&snapshot, "hang"), [0, 0, 1, 0]);
}

#[test]
fn wait() {
    let snapshot = play(async |runtime| {
        let tasks = [1, 2, 3].map(|number| runtime.spawn(fetch(number)));
        let (done, pending) = runtime.wait(tasks, ReturnWhen::FirstCompleted, None).await;
        for (place, result) in done {
            println!("{place}: {}", result?);
        }
        let timeout = Some(Duration::from_secs(5));
        let (_, pending) = runtime.wait(pending, ReturnWhen::AllCompleted, timeout).await;
        assert!(pending.is_empty());
        Ok(())
    });
    assert_eq!(counts(&snapshot, "fetch"), [3, 0, 0, 0]);
}

#[test]
fn as_completed() {
    let snapshot = play(async |runtime| {
        let mut outputs = runtime.as_completed([1, 2, 3].map(fetch));
        while let Some(output) = outputs.next().await {
            println!("{output}");
        }
        Ok(())
    });
    assert_eq!(counts(&snapshot, "fetch"), [3, 0, 0, 0]);
}

#[test]
fn run_coroutine_threadsafe() {
    let runtime = Smol.with_instrumentor(Instrumentor::installed(Config::new()));
    let recorder = runtime.instrumentor().recorder();
    let thread = std::thread::spawn(move || {
        let task = runtime.spawn_threadsafe(fetch(1));
        match task.join_timeout(Duration::from_secs(5)) {
            Ok(result) => result.unwrap(),
            Err(task) => {
                task.abort();
                0
            }
        }
    });
    assert_eq!(thread.join().unwrap(), 2);
    assert_eq!(counts(&recorder.snapshot(), "fetch"), [1, 0, 0, 0]);
}

#[test]
fn to_thread() {
    let snapshot = play(async |runtime| {
        let text = String::from("a long text");
        let length = runtime.named("hash").spawn_blocking(move || hash(&text)).await?;
        assert_eq!(length, 11);
        Ok(())
    });
    assert_eq!(snapshot.find("hash").unwrap().key.kind(), Kind::Blocking);
}

#[test]
fn task_group() {
    let snapshot = play(async |runtime| {
        let group = runtime.task_group();
        group.spawn(refuse(1));
        group.spawn(async { Ok(hang().await) });
        if let Err(error) = group.join().await {
            println!("{error}"); // 1 task of a group failed: refused
            for error in error.errors() {
                assert!(matches!(error, TaskError::Failed(_)));
            }
        }
        Ok(())
    });
    assert_eq!(counts(&snapshot, "refuse"), [1, 0, 0, 0]);
    assert_eq!((snapshot.active(), snapshot.ended_as(State::Cancelled)), (0, 1));
}

#[test]
fn exceptions() {
    let snapshot = play(async |runtime| {
        // state=exception, error.type=std::io::error::Error
        let result = runtime.by_result().spawn(refuse(1)).await?;
        assert_eq!(state_of(&result), State::Exception);
        Ok(())
    });
    assert_eq!(counts(&snapshot, "refuse"), [0, 0, 0, 1]);
}

#[test]
fn trace() {
    let snapshot = play(async |runtime| {
        let output = runtime.instrument(fetch(1)).await;
        let recorded = runtime.instrument_blocking(|| hash("text"));
        std::thread::spawn(recorded).join().unwrap();
        assert_eq!(output, 2);
        Ok(())
    });
    assert_eq!(counts(&snapshot, "fetch"), [1, 0, 0, 0]);
    assert_eq!(snapshot.spawned(), 2);
}

#[test]
fn record_process() {
    let recorder = Recorder::new();
    let took = Duration::from_millis(3);
    recorder.record(Kind::Coroutine, "fetch", "my-loop", Outcome::exception("Refused"), took);
    assert_eq!(counts(&recorder.snapshot(), "fetch"), [0, 0, 0, 1]);
}
