//! Task groups.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_lite::future::yield_now;
use runtime_hooks_core::{AsyncioExt, TaskError};

use crate::tools::{Failed, Gate, drop_signal, holds};
use crate::{Counts, Harness, Stage};

async fn double(number: u32) -> Result<u32, Failed> {
    for _ in 0..number {
        yield_now().await;
    }
    Ok(2 * number)
}

async fn fails(code: u32) -> Result<u32, Failed> {
    yield_now().await;
    Err(Failed::new(code))
}

/// Each member is a task with its own name and output.
pub fn a_group_of_ten_counts_ten_tasks<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let group = stage.runtime.task_group();
        let tasks: Vec<_> = (0..10).map(|number| group.spawn(double(number))).collect();
        group.join().await.unwrap();
        for (number, task) in (0..).zip(tasks) {
            assert!(task.is_finished());
            assert_eq!(task.await.unwrap(), 2 * number);
        }
    });
    assert_eq!(stage.counts("double"), Counts::finished(10));
    assert_eq!(stage.snapshot().spawned(), 10);
}

/// A group waits for all members, also for those that are not joined. Their futures are dropped by then.
pub fn a_group_ends_after_all_its_members<H: Harness>() {
    struct Gone(Arc<AtomicU32>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (stage, dropped) = (Stage::<H>::new(), Arc::new(AtomicU32::new(0)));
    stage.play(async {
        let group = stage.runtime.task_group();
        for number in 0..20 {
            let kept = Gone(Arc::clone(&dropped));
            group.named("member").spawn(async move {
                let output = double(number % 4).await;
                drop(kept);
                output
            });
        }
        group.join().await.unwrap();
        assert_eq!(dropped.load(Ordering::SeqCst), 20);
        assert_eq!(stage.counts("member"), Counts::finished(20));
    });
}

/// A group without members ends at once.
pub fn an_empty_group_ends_at_once<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async { stage.runtime.task_group::<Infallible>().join().await }).unwrap();
    assert_eq!(stage.snapshot().series, []);
}

/// An error cancels the other members. The group waits for all of them and returns the error.
pub fn the_first_failure_cancels_a_group<H: Harness>() {
    let stage = Stage::<H>::new();
    let (kept, dropped) = drop_signal();
    let error = stage.play(async {
        let group = stage.runtime.task_group();
        let waits = group.named("waits").spawn(async { Ok(holds(kept).await) });
        let failed = group.spawn(fails(1));
        let error = group.join().await.unwrap_err();
        assert!(dropped.await.is_err());
        assert!(waits.await.unwrap_err().is_cancelled());
        assert!(failed.await.unwrap_err().is_cancelled());
        error
    });
    assert!(matches!(error.errors(), [TaskError::Failed(Failed(1, None))]), "{error:?}");
    assert_eq!(error.to_string(), "1 task of a group failed: failed with 1");
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
    assert_eq!(stage.counts("fails"), Counts::finished(1));
}

/// A failure cancels the other members at once, before the group is joined.
pub fn a_failure_cancels_a_group_before_it_is_joined<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let group = stage.runtime.task_group();
        let waits = group.named("waits").spawn(pending::<Result<(), _>>());
        group.spawn(fails(2));
        assert!(waits.await.unwrap_err().is_cancelled());
        group.join().await.unwrap_err();
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
}

/// A panic is a failure. The group returns its payload.
pub fn a_panic_cancels_a_group<H: Harness>() {
    let stage = Stage::<H>::new();
    let error = stage.play(async {
        let group = stage.runtime.task_group::<Failed>();
        let waits = group.named("waits").spawn(pending::<Result<(), _>>());
        let panics = async { std::panic::panic_any(9_u8) };
        let panicked = group.named("panics").spawn(async { Ok(panics.await) });
        assert!(waits.await.unwrap_err().is_cancelled());
        assert!(panicked.await.unwrap_err().is_cancelled());
        group.join().await.unwrap_err()
    });
    let [TaskError::Join(panic)] = <[_; 1]>::try_from(error.into_errors()).unwrap() else {
        panic!("it failed by returning");
    };
    assert_eq!(panic.try_into_panic().unwrap().downcast_ref::<u8>(), Some(&9));
    assert_eq!(stage.counts("panics"), Counts::exception(1));
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
}

/// A failure of a member that is being cancelled is reported too.
pub fn a_failure_during_the_cancellation_is_reported<H: Harness>() {
    let stage = Stage::<H>::new();
    let error = stage.play(async {
        let group = stage.runtime.task_group();
        let handle = group.handle();
        group.named("cancels").spawn(async move {
            handle.cancel();
            Err::<(), _>(Failed::new(3))
        });
        let late = group.named("waits").spawn(pending::<Result<(), _>>());
        assert!(late.await.unwrap_err().is_cancelled());
        group.join().await.unwrap_err()
    });
    assert_eq!(error.to_string(), "1 task of a group failed: failed with 3");
    assert_eq!(stage.counts("cancels"), Counts::finished(1));
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
}

/// A member runs an inner group, which fails. The outer group returns the error of the inner one.
pub fn an_inner_group_returns_its_error_to_the_outer_one<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    stage.play(async {
        let outer = stage.runtime.task_group();
        let waits = outer.named("outer").spawn(pending::<Result<(), _>>());
        let nested = outer.named("nested").spawn(async move {
            let inner = runtime.task_group();
            let waits = inner.named("inner").spawn(pending::<Result<(), _>>());
            inner.spawn(fails(4));
            let error = inner.join().await.unwrap_err();
            assert!(waits.await.unwrap_err().is_cancelled());
            Err::<(), _>(error)
        });
        let error = outer.join().await.unwrap_err();
        assert!(nested.await.is_err() && waits.await.is_err());
        let message = "1 task of a group failed: 1 task of a group failed: failed with 4";
        assert_eq!(error.to_string(), message);
    });
    assert_eq!(stage.counts("inner"), Counts::cancelled(1));
    assert_eq!(stage.counts("outer"), Counts::cancelled(1));
    assert_eq!(stage.counts("nested"), Counts::finished(1));
}

/// A member that is cancelled cancels the group inside it.
pub fn a_cancelled_member_cancels_its_inner_group<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let (kept, dropped) = drop_signal();
    let ready = Gate::default();
    let is_ready = ready.clone().passed();
    stage.play(async {
        let outer = stage.runtime.task_group();
        outer.named("nested").spawn(async move {
            let inner = runtime.task_group::<Failed>();
            let waits = async move {
                ready.open();
                Ok(holds(kept).await)
            };
            inner.named("inner").spawn(waits);
            inner.join().await
        });
        is_ready.await;
        drop(outer);
        assert!(dropped.await.is_err());
    });
    assert_eq!(stage.counts("inner"), Counts::cancelled(1));
    assert_eq!(stage.counts("nested"), Counts::cancelled(1));
}

/// A group that is dropped before its end leaves no task running.
pub fn a_dropped_group_leaves_nothing_running<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let group = stage.runtime.task_group::<Failed>();
        let tasks = [1, 2, 3].map(|_| group.named("waits").spawn(pending::<Result<(), _>>()));
        yield_now().await;
        drop(group);
        for task in tasks {
            assert!(task.await.unwrap_err().is_cancelled());
        }
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(3));
}

/// A handle can outlive its group. Members that it spawns then are dropped, and counted as cancelled.
pub fn a_group_that_has_ended_takes_no_members<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let group = stage.runtime.task_group();
        let handle = group.handle();
        handle.spawn(double(1));
        group.join().await.unwrap();
        let late = handle.named("late").spawn(double(1));
        assert!(late.await.unwrap_err().is_cancelled());
    });
    assert_eq!(stage.counts("double"), Counts::finished(1));
    assert_eq!(stage.counts("late"), Counts::cancelled(1));
}

/// Cancelling one member is not a failure: the others continue.
pub fn a_group_continues_without_a_cancelled_member<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let group = stage.runtime.task_group();
        let waits = group.named("waits").spawn(pending::<Result<(), _>>());
        let works = group.spawn(double(2));
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        group.join().await.unwrap();
        assert_eq!(works.await.unwrap(), 4);
    });
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
    assert_eq!(stage.counts("double"), Counts::finished(1));
}

/// A member can add members. The group waits for those too.
pub fn a_member_can_add_members<H: Harness>() {
    let stage = Stage::<H>::new();
    let ended = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&ended);
    stage.play(async {
        let group = stage.runtime.task_group::<Failed>();
        let handle = group.handle();
        group.named("parent").spawn(async move {
            for _ in 0..5 {
                let count = Arc::clone(&count);
                handle.named("child").spawn(async move {
                    double(2).await?;
                    count.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                });
            }
            Ok(())
        });
        group.join().await.unwrap();
        assert_eq!(ended.load(Ordering::SeqCst), 5);
    });
    assert_eq!(stage.counts("parent"), Counts::finished(1));
    assert_eq!(stage.counts("child"), Counts::finished(5));
}
