//! Polls: each is recorded, with the time between its start and its end.

use std::time::Duration;

use futures_channel::oneshot;
use runtime_hooks_core::{Config, Detail, ManualClock, RuntimeHooksExt};

use crate::tools::{ms, polls, total};
use crate::{Counts, Harness, Stage};

/// A task polled four times has four polls.
pub fn each_poll_is_recorded<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.spawn(polls(4, stage.time.clone(), Duration::ZERO))).unwrap();
    assert_eq!(total(&stage.series("polls").poll), (4, Duration::ZERO));
}

/// Three polls of 5 ms take 15 ms, and the longest takes 5 ms.
pub fn a_poll_lasts_from_its_start_to_its_end<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.spawn(polls(3, stage.time.clone(), ms(5)))).unwrap();
    let series = stage.series("polls");
    assert_eq!(total(&series.poll), (3, ms(15)));
    assert_eq!((series.poll.min(), series.poll.max()), (Some(ms(5)), Some(ms(5))));
    assert_eq!(total(&series.duration()), (1, ms(15)));
}

/// A poll that lasts exactly as long as the threshold is not slow.
pub fn a_poll_is_slow_above_the_threshold<H: Harness>() {
    let config = Config::new().detail(Detail::Full).slow_poll(ms(10));
    let stage = Stage::<H>::with(ManualClock::new(), config);
    for length in [9, 10, 11, 12] {
        stage.play(stage.runtime.spawn(polls(1, stage.time.clone(), ms(length)))).unwrap();
    }
    assert_eq!(stage.series("polls").slow_polls, 2);
}

/// Time that passes while a task waits is part of its duration, but of no poll.
pub fn a_poll_does_not_include_idle_time<H: Harness>() {
    let stage = Stage::<H>::new();
    let ((is_waiting, waits), (open, gate)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
    stage.play(async {
        let task = stage.runtime.named("idle").spawn(async move {
            is_waiting.send(()).unwrap();
            gate.await.unwrap();
        });
        waits.await.unwrap();
        while stage.series("idle").poll.count() == 0 {
            futures_lite::future::yield_now().await;
        }
        stage.time.advance(ms(30));
        open.send(()).unwrap();
        task.await.unwrap();
    });
    let series = stage.series("idle");
    assert_eq!(total(&series.poll), (2, Duration::ZERO));
    assert_eq!(total(&series.duration()), (1, ms(30)));
}

/// A future that is ready at once has one poll, one schedule delay and one end.
pub fn a_ready_future_is_polled_once<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.named("ready").spawn(std::future::ready(1_u32))).unwrap();
    let series = stage.series("ready");
    assert_eq!((series.poll.count(), series.schedule.count()), (1, 1));
    assert_eq!(stage.counts("ready"), Counts::finished(1));
}
