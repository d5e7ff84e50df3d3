//! Deadlines.

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_lite::StreamExt;
use runtime_hooks_core::{
    AsyncioExt, Config, Detail, Kind, ManualClock, Method, Outcome, RuntimeHooks, RuntimeHooksExt,
    State,
};

use crate::tools::{ENDLESS, farthest, ms, polls};
use crate::{Counts, Harness, Stage};

/// A duration that never elapses in a case.
const NEVER: Duration = Duration::from_secs(3_600);

async fn hangs() -> u32 {
    pending().await
}

/// A future past its deadline has the state `timeout` and `error.type=timeout`.
pub fn a_future_past_its_deadline_times_out<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async { stage.runtime.timeout(ms(5), hangs()).await }).unwrap_err();
    assert_eq!(stage.counts("hangs"), Counts::timeout(1));
    let outcomes: Vec<_> = stage.series("hangs").ended.into_iter().map(|(o, _)| o).collect();
    assert_eq!(outcomes, [Outcome::TIMEOUT]);
    assert_eq!(Outcome::TIMEOUT.error_type(), Some("timeout"));
}

/// A future that is ready in time returns its output and has the state `finished`.
pub fn a_future_in_time_is_finished<H: Harness>() {
    let stage = Stage::<H>::new();
    let work = polls(3, stage.time.clone(), Duration::ZERO);
    let output = stage.play(async { stage.runtime.timeout(NEVER, work).await });
    assert_eq!(output, Ok(3));
    assert_eq!(stage.counts("polls"), Counts::finished(1));
}

/// A future that is ready when its deadline has passed is finished.
pub fn a_future_ready_at_its_deadline_is_finished<H: Harness>() {
    let stage = Stage::<H>::new();
    let output = stage
        .play(async { stage.runtime.named("ready").timeout(Duration::ZERO, ready(1_u32)).await });
    assert_eq!(output, Ok(1));
    assert_eq!(stage.counts("ready"), Counts::finished(1));
}

/// A timeout of zero elapses at the first poll of a future that is not ready.
pub fn a_timeout_of_zero_elapses<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async { stage.runtime.timeout(Duration::ZERO, hangs()).await }).unwrap_err();
    assert_eq!(stage.counts("hangs"), Counts::timeout(1));
}

/// A short deadline inside a long one: only the inner task times out.
pub fn an_inner_timeout_elapses_without_the_outer_one<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    let outer = async { runtime.named("inner").timeout(ms(5), hangs()).await.is_err() };
    let output = stage.play(async { runtime.named("outer").timeout(NEVER, outer).await });
    assert_eq!(output, Ok(true));
    assert_eq!(stage.counts("inner"), Counts::timeout(1));
    assert_eq!(stage.counts("outer"), Counts::finished(1));
}

/// A long deadline inside a short one: the inner task is cancelled with the outer one.
pub fn an_outer_timeout_cancels_the_inner_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    let outer = async { runtime.named("inner").timeout(NEVER, hangs()).await.is_err() };
    stage.play(async { runtime.named("outer").timeout(ms(5), outer).await }).unwrap_err();
    assert_eq!(stage.counts("outer"), Counts::timeout(1));
    assert_eq!(stage.counts("inner"), Counts::cancelled(1));
}

/// The error has the duration of the timeout.
pub fn an_elapsed_error_tells_the_duration<H: Harness>() {
    let stage = Stage::<H>::new();
    let error = stage.play(async { stage.runtime.timeout(ms(5), hangs()).await }).unwrap_err();
    assert_eq!(error.duration(), ms(5));
    assert_eq!(error.to_string(), "not ready after 5ms");
}

/// The future's own task times out, and no other is recorded.
pub fn an_instrumented_future_with_a_timeout_is_one_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let future = stage.runtime.named("mine").instrument(hangs());
    stage.play(async { stage.runtime.timeout(ms(5), future).await }).unwrap_err();
    assert_eq!(stage.counts("mine"), Counts::timeout(1));
    assert_eq!(stage.snapshot().spawned(), 1);
}

/// A spawned `timeout` is one task. A block around it that is spawned is another.
pub fn a_spawned_timeout_is_one_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let task = stage.runtime.named("task").spawn(stage.runtime.timeout(ms(5), hangs()));
    stage.play(async { task.await.unwrap().unwrap_err() });
    assert_eq!(stage.counts("hangs"), Counts::timeout(1));
    assert_eq!(stage.snapshot().spawned(), 1);
    let timeout = stage.runtime.timeout(ms(5), hangs());
    let task = stage.runtime.named("task").spawn(async { timeout.await.map_or(1, |_| 0_u32) });
    assert_eq!(stage.play(task).unwrap(), 1);
    assert_eq!(stage.counts("hangs"), Counts::timeout(2));
    assert_eq!(stage.counts("task"), Counts::finished(1));
}

/// A timeout that is dropped before its deadline is cancelled.
pub fn a_timeout_dropped_early_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    drop(stage.runtime.timeout(NEVER, hangs()));
    let race = futures_lite::future::or(
        async { stage.runtime.timeout(NEVER, hangs()).await.is_ok() },
        async { true },
    );
    assert!(stage.play(race));
    assert_eq!(stage.counts("hangs"), Counts::cancelled(2));
}

/// A panic under a deadline is recorded as a panic, and propagated.
pub fn a_panic_under_a_timeout_is_a_panic<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let task = stage.runtime.named("task").spawn(async move {
        let panics = async { std::panic::panic_any(3_u8) };
        runtime.timeout(NEVER, panics).await.map_or(1_u32, |()| 0)
    });
    assert!(stage.play(task).unwrap_err().is_panic());
    let futures = stage.snapshot();
    let future = futures.series.iter().find(|series| series.key.kind() == Kind::Future).unwrap();
    assert_eq!((future.spawned, future.ended_as(State::Exception)), (1, 1));
    assert_eq!(stage.counts("task"), Counts::exception(1));
}

/// `timeout_at` ends at an instant of the runtime's time. An instant that has passed elapses at once.
pub fn timeout_at_ends_at_a_point_in_time<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let start = stage.runtime.now();
        let soon = start + ms(5);
        let left = stage.runtime.timeout_at(soon, hangs()).await.unwrap_err().duration();
        assert!(stage.runtime.now() >= soon && left <= ms(5), "{left:?}");
        let none = stage.runtime.timeout_at(start, hangs()).await.unwrap_err();
        assert_eq!(none.duration(), Duration::ZERO);
        let work = polls(2, stage.time.clone(), Duration::ZERO);
        assert_eq!(stage.runtime.timeout_at(start + NEVER, work).await, Ok(2));
    });
    assert_eq!(stage.counts("hangs"), Counts::timeout(2));
    assert_eq!(stage.counts("polls"), Counts::finished(1));
}

/// A timeout beyond the clock's range neither panics nor elapses.
pub fn a_timeout_beyond_the_clocks_range_never_elapses<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        for endless in ENDLESS {
            let work = polls(3, stage.time.clone(), Duration::ZERO);
            assert_eq!(runtime.timeout(endless, work).await, Ok(3));
            let late = async { runtime.timeout(endless, hangs()).await.unwrap() };
            let soon = async {
                runtime.sleep(ms(5)).await;
                7
            };
            assert_eq!(futures_lite::future::or(late, soon).await, 7, "{endless:?}");
        }
    });
    assert_eq!(stage.counts("polls"), Counts::finished(3));
    assert_eq!(stage.counts("hangs"), Counts::cancelled(3));
}

/// A timeout at the last instant that the clock can represent neither panics nor elapses.
pub fn a_timeout_at_the_last_instant_never_elapses<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        let end = farthest(runtime.now());
        let work = polls(3, stage.time.clone(), Duration::ZERO);
        assert_eq!(runtime.timeout_at(end, work).await, Ok(3));
        let late = async { runtime.timeout_at(end, hangs()).await.unwrap() };
        let soon = async {
            runtime.sleep(ms(5)).await;
            7
        };
        assert_eq!(futures_lite::future::or(late, soon).await, 7);
    });
    assert_eq!(stage.counts("polls"), Counts::finished(1));
    assert_eq!(stage.counts("hangs"), Counts::cancelled(1));
}

/// The deadline of a future that wakes itself in each poll elapses.
pub fn a_timeout_elapses_for_a_future_that_wakes_itself_in_each_poll<H: Harness>() {
    let stage = Stage::<H>::new();
    let restless = async {
        loop {
            futures_lite::future::yield_now().await;
        }
    };
    let result = stage.play(async {
        let timeout = stage.runtime.named("restless").timeout(Duration::ZERO, restless);
        let result: Result<(), _> = timeout.await;
        result
    });
    assert_eq!(result.unwrap_err().duration(), Duration::ZERO);
    assert_eq!(stage.counts("restless"), Counts::timeout(1));
}

/// A future whose method is disabled has no task that could time out. A task inside of it has no deadline and is cancelled.
pub fn a_timeout_of_an_unrecorded_future_cancels_the_inner_task<H: Harness>() {
    let config = Config::new().detail(Detail::Full).without(Method::Instrument);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let runtime = &stage.runtime;
    let unrecorded = || {
        runtime.instrument(async { runtime.named("inside").timeout(NEVER, hangs()).await.is_ok() })
    };
    stage.play(async {
        runtime.timeout(ms(5), unrecorded()).await.unwrap_err();
        runtime.timeout(ms(5), Box::pin(unrecorded())).await.unwrap_err();
        let mut outputs = pin!(runtime.as_completed_within(ms(5), [unrecorded(), unrecorded()]));
        assert!(outputs.next().await.unwrap().is_err());
    });
    assert_eq!(stage.counts("inside"), Counts::cancelled(4));
    assert_eq!(stage.snapshot().spawned(), 4);
}

/// The task of a future ends when it panics. If the panic is caught and the timeout is polled until its deadline, the task
/// inside of it is cancelled.
pub fn a_timeout_of_a_future_that_panicked_cancels_the_inner_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        let mut inside = Box::pin(runtime.named("inside").timeout(NEVER, hangs()));
        let mut has_panicked = false;
        let panics = poll_fn(move |cx| {
            if !std::mem::replace(&mut has_panicked, true) {
                panic_any(4_u8);
            }
            inside.as_mut().poll(cx)
        });
        let panics = runtime.named("panics").instrument(panics);
        let mut timeout = Box::pin(runtime.timeout(ms(5), panics));
        let first = poll_fn(|cx| {
            let poll = AssertUnwindSafe(|| timeout.as_mut().poll(cx).is_ready());
            Poll::Ready(catch_unwind(poll))
        });
        assert_eq!(first.await.unwrap_err().downcast_ref(), Some(&4_u8));
        assert!(timeout.await.is_err());
    });
    assert_eq!(stage.counts("panics"), Counts::exception(1));
    assert_eq!(stage.counts("inside"), Counts::cancelled(1));
}
