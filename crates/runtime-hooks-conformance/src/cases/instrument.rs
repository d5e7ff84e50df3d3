//! Futures instrumented in place, and never twice.

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::{Stream, StreamExt, stream};
use runtime_hooks_core::{Kind, RuntimeHooksExt, State};

use crate::tools::ms;
use crate::{Counts, Harness, Stage};

async fn job() -> u32 {
    3
}

/// Instrumenting an instrumented future returns the same future.
pub fn a_future_instrumented_twice_is_one_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    assert_eq!(stage.play(runtime.instrument(runtime.instrument(job()))), 3);
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.snapshot().spawned(), 1);
}

/// Spawning an instrumented future records no second task.
pub fn an_instrumented_future_that_is_spawned_is_one_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let task = stage.runtime.named("task").spawn(stage.runtime.instrument(job()));
    assert_eq!(stage.play(task).unwrap(), 3);
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.snapshot().spawned(), 1);
}

/// Spawning a pinned box of an instrumented future records no second task.
pub fn a_boxed_instrumented_future_that_is_spawned_is_one_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let task = stage.runtime.spawn(Box::pin(stage.runtime.instrument(job())));
    assert_eq!(stage.play(task).unwrap(), 3);
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.snapshot().spawned(), 1);
}

/// `block_on` is recorded as a coroutine, like a spawned future.
pub fn block_on_is_recorded_as_a_coroutine<H: Harness>() {
    let stage = Stage::<H>::new();
    assert_eq!(stage.runtime.block_on(job()), 3);
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(stage.series("job").key.kind(), Kind::Coroutine);
}

/// Output and panic of an instrumented future are unchanged.
pub fn instrument_changes_no_output<H: Harness>() {
    let stage = Stage::<H>::new();
    let text = stage.play(stage.runtime.instrument(ready("text".to_owned())));
    assert_eq!(text, "text");
    let panics = stage.runtime.instrument(async { std::panic::panic_any(2_u8) });
    let panics = std::panic::AssertUnwindSafe(|| stage.play(panics));
    let payload = std::panic::catch_unwind(panics).unwrap_err();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&2));
    assert_eq!(stage.snapshot().ended_as(runtime_hooks_core::State::Exception), 1);
}

/// An async block that is instrumented is of `type=future` and has no name.
pub fn an_instrumented_block_is_a_future_without_a_name<H: Harness>() {
    let stage = Stage::<H>::new();
    let blocks = async {
        stage.runtime.instrument(async {}).await;
        stage.runtime.instrument(ready(())).await;
    };
    stage.play(blocks);
    let snapshot = stage.snapshot();
    let found: Vec<_> = snapshot.series.iter().map(|s| (s.key.kind(), s.key.name())).collect();
    assert_eq!(found, [(Kind::Future, None); 2]);
    let function = concat!(module_path!(), "::an_instrumented_block_is_a_future_without_a_name");
    let found = snapshot.series.iter().map(|s| s.key.function());
    assert_eq!(found.collect::<Vec<_>>(), [Some(function), Some("core::future::ready::Ready")]);
    assert!(snapshot.series.iter().all(|s| (s.spawned, s.ended()) == (1, 1)));
}

/// One future that is polled under several deadlines is one task, which ends when the future ends.
pub fn one_future_under_one_timeout_after_the_other_is_one_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<u32>();
    stage.play(async {
        let mut future = pin!(stage.runtime.named("patient").instrument(gate));
        for _ in 0..100 {
            stage.runtime.timeout(Duration::ZERO, future.as_mut()).await.unwrap_err();
        }
        assert_eq!(stage.counts("patient"), Counts::active(1));
        open.send(7).unwrap();
        let output = stage.runtime.timeout(Duration::from_secs(3_600), &mut future).await;
        assert_eq!(output, Ok(Ok(7)));
    });
    assert_eq!(stage.counts("patient"), Counts::finished(1));
    assert_eq!(stage.snapshot().spawned(), 1);
}

/// A step of a stream is one task: a coroutine if a block around it is spawned, a future if it is instrumented itself.
pub fn a_step_of_a_stream_is_a_task<H: Harness>() {
    let stage = Stage::<H>::new();
    let numbers = futures_lite::stream::iter([1_u32, 2]);
    let task = stage.runtime.spawn(async move {
        let mut numbers = numbers;
        numbers.next().await
    });
    assert_eq!(stage.play(task).unwrap(), Some(1));
    let mut numbers = futures_lite::stream::iter([1_u32, 2]);
    assert_eq!(stage.play(stage.runtime.instrument(numbers.next())), Some(1));
    let series = stage.snapshot().series;
    let kinds: Vec<_> = series.iter().map(|series| series.key.kind()).collect();
    assert_eq!(kinds, [Kind::Coroutine, Kind::Future]);
    assert!(series.iter().all(|series| series.ended_as(State::Finished) == 1));
}

/// An instrumented handle is a second task, of `type=future` and without a name.
pub fn an_instrumented_handle_is_a_future_without_a_name<H: Harness>() {
    let stage = Stage::<H>::new();
    let waits = stage.runtime.instrument(stage.runtime.spawn(job()));
    assert_eq!(stage.play(waits).unwrap(), 3);
    let late = stage.runtime.timeout(Duration::ZERO, stage.runtime.spawn(pending::<()>()));
    stage.play(late).unwrap_err();
    let snapshot = stage.snapshot();
    let futures = snapshot.series.iter().filter(|series| series.key.kind() == Kind::Future);
    let states = [State::Finished, State::Timeout];
    let found = futures.map(|s| (s.key.name(), s.spawned, states.map(|state| s.ended_as(state))));
    assert_eq!(found.collect::<Vec<_>>(), [(None, 1, [1, 0]), (None, 1, [0, 1])]);
    assert_eq!(stage.counts("job"), Counts::finished(1));
}

/// A stream that yields 0 and 1 with a wait before each, and takes 1 ms for each poll.
fn numbers<H: Harness>(stage: &Stage<H>) -> impl Stream<Item = u32> + Unpin + 'static {
    let (time, mut polls) = (stage.time.clone(), 0_u32);
    stream::poll_fn(move |cx| {
        time.advance(ms(1));
        polls += 1;
        if polls % 2 == 1 && polls < 5 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready((polls < 5).then_some(polls / 2 - 1))
    })
}

/// A stream is one task: each call of `poll_next` is a poll, and the task has ended when there is no further item.
pub fn a_stream_is_one_task_until_its_end<H: Harness>() {
    let stage = Stage::<H>::new();
    let mut numbers = stage.runtime.named("numbers").instrument_stream(numbers(&stage));
    stage.play(async {
        assert_eq!(numbers.next().await, Some(0));
        assert_eq!(stage.counts("numbers"), Counts::active(1));
        assert_eq!(numbers.next().await, Some(1));
        stage.time.advance(ms(10));
        assert_eq!(numbers.next().await, None);
    });
    assert_eq!(stage.counts("numbers"), Counts::finished(1));
    let series = stage.series("numbers");
    assert_eq!((series.poll.count(), series.poll.sum_nanos()), (5, 5_000_000));
    // Wakes are stamped as a future's are: the two waits begin with a wake during the poll.
    assert_eq!(series.duration().sum_nanos(), 15_000_000);
    drop(numbers);
    assert_eq!(stage.counts("numbers"), Counts::finished(1));
}

/// A stream that is dropped before its end is cancelled, and one that panics is an exception. Its items and its size hint are
/// unchanged.
pub fn a_stream_that_does_not_end_is_cancelled<H: Harness>() {
    let stage = Stage::<H>::new();
    let mut dropped = stage.runtime.named("dropped").instrument_stream(numbers(&stage));
    assert_eq!(stage.play(dropped.next()), Some(0));
    drop(dropped);
    assert_eq!(stage.counts("dropped"), Counts::cancelled(1));
    let mut panics = stage
        .runtime
        .named("panics")
        .instrument_stream(stream::poll_fn(|_| -> Poll<Option<()>> { panic!("on purpose") }));
    let polled = AssertUnwindSafe(|| stage.play(panics.next()));
    assert!(catch_unwind(polled).is_err());
    assert_eq!(stage.counts("panics"), Counts::exception(1));
    let three = stage.runtime.instrument_stream(stream::iter([1, 2, 3]));
    assert_eq!(three.size_hint(), (3, Some(3)));
    assert_eq!(stage.play(three.collect::<Vec<_>>()), [1, 2, 3]);
}

/// A wake while the consumer works on an item is no schedule delay: the consumer decides when the stream is polled.
pub fn a_stream_does_not_wait_for_a_poll_while_its_consumer_works<H: Harness>() {
    let stage = Stage::<H>::new();
    let mut wakers = Vec::new();
    let items = stream::poll_fn(move |cx| {
        cx.waker().wake_by_ref();
        wakers.push(cx.waker().clone());
        Poll::Ready((wakers.len() < 4).then_some(wakers[0].clone()))
    });
    let mut items = stage.runtime.named("items").instrument_stream(items);
    stage.play(async {
        while let Some(waker) = items.next().await {
            stage.time.advance(ms(5_000));
            waker.wake();
            stage.time.advance(ms(5_000));
        }
    });
    let series = stage.series("items");
    assert_eq!((series.poll.count(), series.schedule.sum_nanos()), (4, 0));
    assert_eq!(series.duration().sum_nanos(), 30_000_000_000);
}
