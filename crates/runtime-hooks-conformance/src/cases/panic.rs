//! Panics are exceptions, and are caught in their task.

use std::panic::panic_any;
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{Config, Detail, ManualClock, Outcome, RuntimeHooksExt};

use crate::tools::{ms, total};
use crate::{Counts, Harness, Stage};

async fn panics() -> u32 {
    panic_any(13_u8)
}

/// A panic is recorded in the same way at each detail, which changes timing only.
pub fn a_panic_is_an_exception_at_any_detail<H: Harness>() {
    for detail in [Detail::Counts, Detail::Polls, Detail::Sampled, Detail::Full] {
        let stage = Stage::<H>::with(ManualClock::new(), Config::new().detail(detail));
        for count in 1..=3 {
            stage.play(async { stage.runtime.spawn(panics()).await }).unwrap_err();
            assert_eq!(stage.counts("panics"), Counts::exception(count), "{detail:?}");
        }
    }
}

/// A panic has the state `exception` and `error.type=panic`.
pub fn a_panic_is_an_exception_of_type_panic<H: Harness>() {
    let stage = Stage::<H>::new();
    let error = stage.play(async { stage.runtime.spawn(panics()).await }).unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(stage.counts("panics"), Counts::exception(1));
    let outcomes: Vec<_> = stage.series("panics").ended.into_iter().map(|(o, _)| o).collect();
    assert_eq!(outcomes, [Outcome::PANIC]);
    assert_eq!(Outcome::PANIC.error_type(), Some("panic"));
}

/// The handle returns the payload of the panic.
pub fn a_panic_returns_its_payload_through_the_handle<H: Harness>() {
    let stage = Stage::<H>::new();
    let error = stage.play(async { stage.runtime.spawn(panics()).await }).unwrap_err();
    let payload = error.try_into_panic().unwrap();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&13));
}

/// A payload that is text is part of the error's message.
pub fn a_join_error_shows_the_message_of_the_panic<H: Harness>() {
    async fn shouts() -> u32 {
        panic!("shard {} is gone", 3)
    }
    let stage = Stage::<H>::new();
    let error = stage.play(async { stage.runtime.spawn(shouts()).await }).unwrap_err();
    assert_eq!(error.to_string(), "task panicked with message \"shard 3 is gone\"");
}

/// After a panic the runtime runs the next task.
pub fn a_panic_leaves_the_runtime_working<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        for _ in 0..3 {
            assert!(stage.runtime.spawn(panics()).await.is_err());
        }
        assert_eq!(stage.runtime.named("next").spawn(async { 1_u32 }).await.unwrap(), 1);
    });
    assert_eq!(stage.counts("panics"), Counts::exception(3));
    assert_eq!(stage.counts("next"), Counts::finished(1));
}

/// A panic in a poll other than the first is recorded.
pub fn a_panic_in_a_later_poll_is_recorded<H: Harness>() {
    async fn waits_then_panics() -> u32 {
        yield_now().await;
        yield_now().await;
        panic_any(1_u8)
    }
    let stage = Stage::<H>::new();
    assert!(stage.play(async { stage.runtime.spawn(waits_then_panics()).await }).is_err());
    assert_eq!(stage.counts("waits_then_panics"), Counts::exception(1));
    assert_eq!(stage.series("waits_then_panics").poll.count(), 3);
}

/// A panic of a task that is not joined is counted.
pub fn a_panic_of_a_detached_task_is_counted<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        drop(stage.runtime.spawn(panics()));
        while stage.counts("panics").active > 0 {
            yield_now().await;
        }
    });
    assert_eq!(stage.counts("panics"), Counts::exception(1));
}

/// A parent continues after it joins a child that panicked.
pub fn a_parent_continues_after_its_child_task_panicked<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let parent = stage.runtime.named("parent").spawn(async move {
        assert!(runtime.spawn(panics()).await.is_err());
        2_u32
    });
    assert_eq!(stage.play(parent).unwrap(), 2);
    assert_eq!(stage.counts("parent"), Counts::finished(1));
    assert_eq!(stage.counts("panics"), Counts::exception(1));
}

/// The poll that panics is recorded with its duration.
pub fn the_poll_that_panics_is_recorded<H: Harness>() {
    let stage = Stage::<H>::new();
    let (time, (go, gate)) = (stage.time.clone(), oneshot::channel::<()>());
    go.send(()).unwrap();
    let task = stage.runtime.named("late").spawn(async move {
        gate.await.unwrap();
        time.advance(ms(6));
        panic_any(());
    });
    assert!(stage.play(task).unwrap_err().is_panic());
    let series = stage.series("late");
    assert_eq!(total(&series.poll), (1, ms(6)));
    assert_eq!(total(&series.schedule), (1, Duration::ZERO));
    assert_eq!(total(&series.duration()), (1, ms(6)));
}
