//! The task dump asks the tasks of a program that only uses a drop-in: on every executor, also those of one thread.

use std::thread;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use runtime_hooks_core::dump::{Answer, CaptureOptions, HAS_STACK_WALKER, capture};
use runtime_hooks_core::{Config, Instrumentor, LiveState};

/// Waits for a message, in a task named after this function.
async fn waits(message: oneshot::Receiver<u32>) -> u32 {
    message.await.unwrap()
}

/// Spawns the task, dumps it on another thread while it waits, then sends its message. Returns its output.
async fn dumped<T: Future<Output = u32>>(spawn: impl FnOnce(oneshot::Receiver<u32>) -> T) -> u32 {
    let _ = Instrumentor::global().install(Config::new().live(true));
    let (send, receive) = oneshot::channel();
    let task = spawn(receive);
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let recorder = Instrumentor::global().recorder();
        let start = Instant::now();
        let is_waiting = |task: &runtime_hooks_core::LiveTask| {
            task.key.name() == Some("waits") && task.state == LiveState::Idle
        };
        while !recorder.live_iter().any(|task| is_waiting(&task)) {
            assert!(start.elapsed() < Duration::from_secs(60), "no task waits");
            thread::yield_now();
        }
        let _ = tell.send(capture(&recorder, CaptureOptions::default(), is_waiting));
    });
    let capture = told.await.expect("the thread does not panic");
    let [dumped] = &capture.tasks[..] else { panic!("{:?}", capture.tasks) };
    if HAS_STACK_WALKER {
        let Answer::Waits(traces) = &dumped.answer else { panic!("{:?}", dumped.answer) };
        assert_eq!(traces.len(), 1);
        assert!(traces[0].addresses.len() > 1);
    }
    send.send(7).unwrap();
    task.await
}

// One test: each looks for the only task of this name.
#[test]
fn tasks_on_each_executor_of_the_drop_ins_answer_a_dump() {
    on_tokio();
    on_smol();
    on_async_std();
}

fn on_tokio() {
    use tokio::runtime::{Builder, Runtime};
    use tokio::task::{JoinSet, LocalSet, spawn_local};

    let multi_thread = Runtime::new().unwrap();
    let current_thread = Builder::new_current_thread().build().unwrap();
    for runtime in [&multi_thread, &current_thread] {
        let spawned = dumped(|message| {
            let task = tokio::spawn(waits(message));
            async { task.await.unwrap() }
        });
        assert_eq!(runtime.block_on(spawned), 7);
        let in_a_set = dumped(|message| {
            let mut set = JoinSet::new();
            set.spawn(waits(message));
            async move { set.join_next().await.unwrap().unwrap() }
        });
        assert_eq!(runtime.block_on(in_a_set), 7);
        let local = dumped(|message| {
            let task = spawn_local(waits(message));
            async { task.await.unwrap() }
        });
        assert_eq!(LocalSet::new().block_on(runtime, local), 7);
    }
}

fn on_smol() {
    assert_eq!(smol::block_on(dumped(|message| smol::spawn(waits(message)))), 7);
    let executor = smol::Executor::new();
    let own = dumped(|message| executor.spawn(waits(message)));
    assert_eq!(smol::block_on(executor.run(own)), 7);
    let executor = smol::LocalExecutor::new();
    let local = dumped(|message| executor.spawn(waits(message)));
    assert_eq!(smol::block_on(executor.run(local)), 7);
}

fn on_async_std() {
    use async_std::task::{block_on, spawn, spawn_local};

    assert_eq!(block_on(dumped(|message| spawn(waits(message)))), 7);
    assert_eq!(block_on(dumped(|message| spawn_local(waits(message)))), 7);
}
