//! Wakes are forwarded at once, and the delay from each to the poll that it causes is recorded.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::RuntimeHooksExt;

use crate::tools::{WakeCounter, ms, polls, total};
use crate::{Counts, Harness, Stage};

/// A task that is woken before each poll has as many schedule delays as polls.
pub fn each_wake_starts_a_schedule_delay<H: Harness>() {
    let stage = Stage::<H>::stepping();
    stage.play(stage.runtime.spawn(polls(5, stage.time.clone(), Duration::ZERO))).unwrap();
    let series = stage.series("polls");
    assert_eq!((series.poll.count(), series.schedule.count()), (5, 5));
}

/// The first schedule delay of a task starts at its submission: 5 ms before its first poll are 5 ms.
pub fn the_first_schedule_delay_starts_at_the_submission<H: Harness>() {
    let stage = Stage::<H>::new();
    let future = stage.runtime.named("late").instrument(async {});
    stage.time.advance(ms(5));
    stage.play(future);
    let series = stage.series("late");
    assert_eq!(total(&series.schedule), (1, ms(5)));
    assert_eq!(total(&series.poll), (1, Duration::ZERO));
    assert_eq!(total(&series.duration()), (1, ms(5)));
}

/// Three wakes before a poll cause one poll with one schedule delay.
pub fn several_wakes_before_a_poll_are_one_schedule_delay<H: Harness>() {
    let stage = Stage::<H>::new();
    let mut first = true;
    let future = stage.runtime.named("woken").instrument(poll_fn(move |cx| {
        if !std::mem::take(&mut first) {
            return Poll::Ready(());
        }
        (0..3).for_each(|_| cx.waker().wake_by_ref());
        Poll::Pending
    }));
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_pending());
    stage.time.advance(ms(2));
    assert!(future.as_mut().poll(&mut cx).is_ready());
    assert_eq!(total(&stage.series("woken").schedule), (2, ms(2)));
}

/// A future that is polled because another one was woken has no schedule delay.
pub fn a_poll_without_a_wake_has_no_schedule_delay<H: Harness>() {
    let stage = Stage::<H>::new();
    let mut waits = pin!(stage.runtime.named("waits").instrument(pending::<()>()));
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(waits.as_mut().poll(&mut cx).is_pending());
        stage.time.advance(ms(1));
    }
    let series = stage.series("waits");
    assert_eq!(total(&series.poll), (3, Duration::ZERO));
    assert_eq!(total(&series.schedule), (1, Duration::ZERO));
}

/// Each wake of the future wakes the task's own waker once.
pub fn each_wake_is_forwarded<H: Harness>() {
    let stage = Stage::<H>::new();
    let counter = Arc::<WakeCounter>::default();
    let waker = Waker::from(Arc::clone(&counter));
    let mut wakes = pin!(stage.runtime.named("wakes").instrument(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        let by_value: Waker = cx.waker().clone();
        std::thread::spawn(|| by_value.wake()).join().unwrap();
        Poll::<()>::Pending
    })));
    for polls in 1..=4 {
        assert!(wakes.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(counter.count(), 2 * polls);
    }
}

/// A waker that outlives its task can be woken, and changes nothing.
pub fn a_wake_after_the_end_changes_nothing<H: Harness>() {
    let stage = Stage::<H>::new();
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    stage.play(async {
        let task = stage.runtime.named("ends").spawn(poll_fn(move |cx| {
            *keep.lock().unwrap() = Some(cx.waker().clone());
            Poll::Ready(())
        }));
        task.await.unwrap();
        let waker: Waker = kept.lock().unwrap().take().unwrap();
        waker.wake_by_ref();
        waker.wake();
        yield_now().await;
    });
    assert_eq!(stage.counts("ends"), Counts::finished(1));
    assert_eq!(stage.series("ends").poll.count(), 1);
}

/// A wake from a thread outside of the runtime causes a poll, with a schedule delay above 0.
pub fn a_wake_from_another_thread_is_recorded<H: Harness>() {
    let stage = Stage::<H>::stepping();
    let ((is_waiting, waits), (open, gate)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
    let task = stage.runtime.named("waits").spawn(async move {
        is_waiting.send(()).unwrap();
        gate.await.unwrap();
    });
    let opener = std::thread::spawn(move || {
        futures_lite::future::block_on(waits).unwrap();
        open.send(()).unwrap();
    });
    stage.play(task).unwrap();
    opener.join().unwrap();
    let series = stage.series("waits");
    // If the gate opens before the task polls it, the task never waits.
    let delays = series.schedule.count();
    assert_eq!(delays, series.poll.count());
    assert!((1..=2).contains(&delays), "{delays} delays");
    assert!(series.schedule.min() >= Some(Duration::from_micros(1)));
}

/// The duration is the sum of schedule delays, polls and idle time: `duration = schedule + poll + idle`. It is exact to the
/// nanosecond, since only the case moves the clock.
pub fn schedule_delays_polls_and_idle_time_add_up_to_the_duration<H: Harness>() {
    let stage = Stage::<H>::new();
    let time = stage.time.clone();
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let (inner_time, inner_waker) = (time.clone(), Arc::clone(&waker));
    let mut polls = 0;
    let mut future = pin!(stage.runtime.named("sums").instrument(poll_fn(move |cx| {
        inner_time.advance(ms(3));
        *inner_waker.lock().unwrap() = Some(cx.waker().clone());
        polls += 1;
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    })));
    let mut cx = Context::from_waker(Waker::noop());
    for poll in 1..=3 {
        time.advance(ms(10)); // waits for its poll
        assert_eq!(future.as_mut().poll(&mut cx).is_ready(), poll == 3);
        if poll < 3 {
            time.advance(ms(100)); // idle
            waker.lock().unwrap().take().unwrap().wake();
        }
    }
    let series = stage.series("sums");
    assert_eq!(total(&series.schedule), (3, ms(30)));
    assert_eq!(total(&series.poll), (3, ms(9)));
    assert_eq!(total(&series.duration()), (1, ms(30 + 9 + 200)));
}
