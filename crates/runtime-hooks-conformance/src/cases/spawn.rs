//! Spawning: each call is one task, whether its handle is kept or dropped.

use std::convert::Infallible;
use std::future::pending;
use std::panic::panic_any;
use std::pin::Pin;
use std::task::{Context, Waker};

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{JoinError, Kind, RuntimeHooks, RuntimeHooksExt, TaskError};

use crate::{Counts, Harness, Stage};

async fn job(input: u32) -> u32 {
    input * 2
}

/// A spawned task is one coroutine that finished.
pub fn a_spawned_task_is_counted_once<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async { stage.runtime.spawn(job(1)).await }).unwrap();
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.series("job").key.kind(), Kind::Coroutine);
    assert_eq!(stage.snapshot().series.len(), 1);
}

/// The handle returns the output.
pub fn a_spawned_task_returns_its_output<H: Harness>() {
    let stage = Stage::<H>::new();
    let output = stage.play(async { stage.runtime.spawn(job(21)).await });
    assert_eq!(output.unwrap(), 42);
}

/// A task is active from its submission to its end.
pub fn a_task_is_active_until_it_ends<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<()>();
    stage.play(async {
        let task = stage.runtime.named("waits").spawn(async { gate.await.unwrap() });
        assert_eq!(stage.counts("waits"), Counts::active(1));
        yield_now().await;
        assert_eq!(stage.counts("waits"), Counts::active(1));
        open.send(()).unwrap();
        task.await.unwrap();
    });
    assert_eq!(stage.counts("waits"), Counts::finished(1));
}

/// A task continues when its handle is dropped.
pub fn a_task_continues_when_its_handle_is_dropped<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<()>();
    let (done, ended) = oneshot::channel();
    stage.play(async {
        drop(stage.runtime.named("detached").spawn(async {
            gate.await.unwrap();
            done.send(7).unwrap();
        }));
        yield_now().await;
        open.send(()).unwrap();
        assert_eq!(ended.await, Ok(7));
        while stage.counts("detached").active > 0 {
            yield_now().await;
        }
    });
    assert_eq!(stage.counts("detached"), Counts::finished(1));
}

/// `is_finished` returns false before the end of the task and true after it.
pub fn a_handle_tells_whether_its_task_is_finished<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<()>();
    stage.play(async {
        let task = stage.runtime.named("waits").spawn(async { gate.await.unwrap() });
        yield_now().await;
        assert!(!task.is_finished());
        open.send(()).unwrap();
        while !task.is_finished() {
            yield_now().await;
        }
        task.await.unwrap();
    });
}

/// A task that has ended is joined without waiting, however it ended and on whichever thread.
pub fn a_finished_task_is_joined_without_waiting<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        for number in 0..100_u32 {
            let mut task = stage.runtime.spawn(async move {
                yield_now().await;
                number
            });
            if number % 2 == 0 {
                task.abort();
            }
            while !task.is_finished() {
                yield_now().await;
            }
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut task).poll(&mut cx).is_ready(), "task {number}");
        }
    });
    assert_eq!(stage.snapshot().spawned(), 100);
    assert_eq!(stage.snapshot().active(), 0);
}

/// The handle returns the result once. Polled again, it returns `JoinError::already_joined`. This holds for each way to end
/// and each kind of handle.
pub fn a_task_is_joined_once<H: Harness>() {
    let says_so = |again: &JoinError| {
        assert!(again.is_already_joined() && !again.is_cancelled() && !again.is_panic());
        assert_eq!(again.to_string(), "task was joined before: a handle returns the result once");
    };
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.named("task");
    let aborted = runtime.clone().spawn(pending::<u32>());
    aborted.abort();
    let seen_over = runtime.clone().spawn(job(3));
    let mut tasks = [
        runtime.clone().spawn(job(1)),
        runtime.clone().spawn(async { panic_any(2_u8) }),
        aborted,
        seen_over,
        runtime.clone().spawn_blocking(|| 4),
        runtime.clone().spawn_threadsafe(job(5)).into_async(),
    ];
    let mut flattened = runtime.clone().spawn(async { Ok::<_, Infallible>(7) }).flatten();
    stage.play(async {
        while !tasks[3].is_finished() {
            yield_now().await;
        }
        for task in &mut tasks {
            assert!((&mut *task).await.map_err(|error| error.is_already_joined()) != Err(true));
        }
        for task in &mut tasks {
            for _ in 0..2 {
                assert!(task.is_finished());
                task.abort();
                says_so(&(&mut *task).await.unwrap_err());
            }
        }
        assert_eq!((&mut flattened).await.unwrap(), 7);
        let TaskError::Join(again) = (&mut flattened).await.unwrap_err();
        says_so(&again);
        let group = runtime.task_group::<Infallible>();
        let mut member = group.spawn(async { Ok(8) });
        group.join().await.unwrap();
        assert_eq!((&mut member).await.unwrap(), 8);
        says_so(&member.await.unwrap_err());
    });
    let coroutines = Counts { spawned: 7, finished: 5, cancelled: 1, exception: 1, ..Counts::NONE };
    assert_eq!(stage.all_counts("task"), [coroutines, Counts::finished(1)]);
}

/// A task and the task that it spawns are recorded as two tasks.
pub fn a_task_and_the_task_that_it_spawns_are_two_tasks<H: Harness>() {
    async fn outer<R: runtime_hooks_core::RuntimeHooks>(runtime: R) -> u32 {
        runtime.spawn(job(3)).await.unwrap() + 1
    }
    let stage = Stage::<H>::new();
    let output = stage.play(async { stage.runtime.spawn(outer(stage.runtime.clone())).await });
    assert_eq!(output.unwrap(), 7);
    assert_eq!(stage.counts("outer"), Counts::finished(1));
    assert_eq!(stage.counts("job"), Counts::finished(1));
}

/// Each of a hundred tasks returns its own output.
pub fn each_of_a_hundred_tasks_returns_its_own_output<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let tasks: Vec<_> = (0..100).map(|n| stage.runtime.spawn(job(n))).collect();
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.await.unwrap(), n * 2);
        }
    });
    assert_eq!(stage.counts("job"), Counts::finished(100));
}

/// A thread outside of the runtime can spawn on it.
pub fn a_thread_outside_the_runtime_can_spawn<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let task = std::thread::spawn(move || runtime.spawn(job(4))).join().unwrap();
    assert_eq!(stage.play(task).unwrap(), 8);
    assert_eq!(stage.counts("job"), Counts::finished(1));
}

/// A series has the name of its runtime.
pub fn a_series_has_the_name_of_its_runtime<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async { stage.runtime.spawn(job(1)).await }).unwrap();
    let series = stage.series("job");
    assert_eq!(series.key.runtime(), stage.runtime.name());
    assert!(!series.key.runtime().is_empty());
}
