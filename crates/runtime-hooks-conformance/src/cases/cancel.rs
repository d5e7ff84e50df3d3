//! Cancellation: every way to drop a task before it returns.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use futures_channel::oneshot;
use futures_lite::future::{or, yield_now};
use runtime_hooks_core::{Kind, Outcome, RuntimeHooksExt, State, TaskHandle};

use crate::tools::{drop_signal, holds, ms, total};
use crate::{Counts, Harness, Stage};

/// A task that is aborted while it waits is cancelled.
pub fn a_task_aborted_while_it_waits_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    let (is_waiting, waits) = oneshot::channel::<()>();
    stage.play(async {
        let task = stage.runtime.named("waits").spawn(async move {
            is_waiting.send(()).unwrap();
            pending::<()>().await;
        });
        waits.await.unwrap();
        stage.time.advance(ms(4));
        task.abort();
        let error = task.await.unwrap_err();
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(error.to_string(), "task was cancelled");
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
    assert_eq!(total(&stage.series("waits").duration()), (1, ms(4)));
}

/// A task that is aborted right after its spawn is cancelled, whether or not it was polled.
pub fn a_task_aborted_before_its_first_poll_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let task = stage.runtime.named("new").spawn(pending::<()>());
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(stage.counts("new"), Counts::cancelled(1));
}

/// A future that is dropped without a poll is cancelled.
pub fn a_future_dropped_before_its_first_poll_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    drop(stage.runtime.named("unpolled").instrument(async {}));
    assert_eq!(stage.counts("unpolled"), Counts::cancelled(1));
    assert_eq!(stage.series("unpolled").poll.count(), 0);
}

/// A future that loses a race is cancelled.
pub fn a_future_that_loses_a_race_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    let slow = stage.runtime.named("slow").instrument(pending::<u32>());
    let fast = stage.runtime.named("fast").instrument(async { 1_u32 });
    assert_eq!(stage.play(or(slow, fast)), 1);
    assert_eq!(stage.counts("slow"), Counts::cancelled(1));
    assert_eq!(stage.counts("fast"), Counts::finished(1));
}

/// A shutdown of the runtime cancels its tasks. If the runtime cannot be shut down, they stay active.
pub fn a_task_is_cancelled_when_its_runtime_shuts_down<H: Harness>() {
    let stage = Stage::<H>::new();
    let (is_waiting, waits) = oneshot::channel::<()>();
    drop(stage.runtime.named("unpolled").spawn(pending::<()>()));
    drop(stage.runtime.named("waits").spawn(async move {
        is_waiting.send(()).unwrap();
        pending::<()>().await;
    }));
    stage.play(waits).unwrap();
    let recorder = stage.recorder.clone();
    let ends = stage.shut_down();
    let snapshot = recorder.snapshot();
    for name in ["unpolled", "waits"] {
        let series = snapshot.find(name).unwrap();
        let (active, ended) = if ends { (0, 1) } else { (1, 0) };
        assert_eq!((series.spawned, series.active(), series.ended()), (1, active, ended), "{name}");
        assert_eq!(series.ended_as(State::Cancelled), ended, "{name}");
    }
}

/// A future that is dropped after some polls is cancelled.
pub fn a_future_dropped_after_some_polls_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    {
        let mut future = pin!(stage.runtime.named("polled").instrument(pending::<()>()));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        stage.time.advance(ms(8));
    }
    assert_eq!(stage.counts("polled"), Counts::cancelled(1));
    assert_eq!(total(&stage.series("polled").duration()), (1, ms(8)));
}

/// An abort after the end changes neither the output nor the state.
pub fn an_abort_after_the_end_changes_nothing<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let task = stage.runtime.named("done").spawn(async { 5_u32 });
        while !task.is_finished() {
            yield_now().await;
        }
        task.abort();
        assert_eq!(task.await.unwrap(), 5);
    });
    assert_eq!(stage.counts("done"), Counts::finished(1));
}

/// A task that is aborted twice is cancelled once. `is_finished` becomes true although the task is not joined.
pub fn a_task_aborted_twice_is_cancelled_once<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let task = stage.runtime.named("waits").spawn(pending::<()>());
        task.abort();
        task.abort();
        while !task.is_finished() {
            yield_now().await;
        }
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
}

/// The handle of an aborted task resolves after the task's future is dropped.
pub fn an_aborted_handle_resolves_after_its_future_is_dropped<H: Harness>() {
    struct Flag(Arc<AtomicBool>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }
    let stage = Stage::<H>::new();
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Flag(Arc::clone(&dropped));
    stage.play(async {
        let task = stage.runtime.named("holds").spawn(holds(flag));
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(dropped.load(Ordering::Acquire));
    });
}

/// The children of an aborted task continue.
pub fn an_aborted_task_leaves_its_child_tasks_running<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<u32>();
    let (is_waiting, waits) = oneshot::channel();
    let runtime = stage.runtime.clone();
    stage.play(async {
        let parent = stage.runtime.named("parent").spawn(async move {
            let child = runtime.named("child").spawn(async { gate.await.unwrap() });
            assert!(is_waiting.send(child).is_ok());
            pending::<()>().await;
        });
        let child = waits.await.unwrap();
        parent.abort();
        assert!(parent.await.unwrap_err().is_cancelled());
        open.send(9).unwrap();
        assert_eq!(child.await.unwrap(), 9);
    });
    assert_eq!(stage.counts("parent"), Counts::cancelled(1));
    assert_eq!(stage.counts("child"), Counts::finished(1));
}

/// A cancelled task has no `error.type`, also if it was spawned with `raw_spawn`.
pub fn a_cancelled_task_has_no_error_type<H: Harness>() {
    use runtime_hooks_core::RuntimeHooks;
    let stage = Stage::<H>::new();
    let (inside, dropped) = drop_signal();
    stage.play(async {
        let task = stage.runtime.named("waits").spawn(pending::<()>());
        task.abort();
        assert!(task.await.is_err());
        let raw = stage.runtime.raw_spawn(holds(inside));
        raw.abort();
        assert!(dropped.await.is_err());
    });
    let outcomes: Vec<_> = stage.series("waits").ended.into_iter().map(|(o, _)| o).collect();
    assert_eq!(outcomes, [Outcome::CANCELLED]);
    assert_eq!(Outcome::CANCELLED.error_type(), None);
}

/// A parent whose child is aborted gets a cancellation from the child's handle, and continues.
pub fn an_aborted_child_task_returns_a_cancellation_to_its_parent<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let outcome = stage.play(stage.runtime.named("outer").spawn(async move {
        let inner = runtime.named("inner").spawn(pending::<()>());
        inner.abort();
        inner.await.unwrap_err().is_cancelled()
    }));
    assert!(outcome.unwrap());
    assert_eq!(stage.counts("inner"), Counts::cancelled(1));
    assert_eq!(stage.counts("outer"), Counts::finished(1));
}

/// A future that is neither a task nor an async fn is cancelled when it is dropped.
pub fn an_instrumented_future_without_a_name_is_cancelled_when_dropped<H: Harness>() {
    let stage = Stage::<H>::new();
    let (_open, gate) = oneshot::channel::<()>();
    drop(stage.runtime.instrument(gate));
    let series = &stage.snapshot().series[0];
    assert_eq!((series.key.kind(), series.key.name()), (Kind::Future, None));
    assert_eq!((series.spawned, series.ended_as(State::Cancelled)), (1, 1));
}
