//! Tasks that end while a dump asks them.

use std::future::poll_fn;
use std::task::Poll;

use futures_channel::{mpsc, oneshot};
use futures_lite::StreamExt;
use runtime_hooks_core::dump::{CaptureOptions, HAS_STACK_WALKER, capture};
use runtime_hooks_core::{LiveState, RuntimeHooksExt};

use super::tools::{dump, stage, traces_of};
use crate::cases::waiting::{await_state, on_a_thread};
use crate::{Counts, Harness};

/// The first poll of a dump is the second of a task, and the one that walks the stack is the third.
const POLLS_OF_A_DUMP: [u32; 2] = [2, 3];

/// A task that returns in a poll of a dump has ended, and this poll is counted.
pub fn a_task_that_returns_in_a_poll_of_a_dump_is_counted<H: Harness>() {
    for last in POLLS_OF_A_DUMP {
        let stage = stage::<H>();
        let mut polls = 0;
        let returns = poll_fn(move |cx| {
            polls += 1;
            let _registered = cx.waker().clone();
            if polls == last { Poll::Ready(polls) } else { Poll::Pending }
        });
        let (capture, output) = stage.play(async {
            let task = stage.runtime.named("returns").spawn(returns);
            let capture = dump(&stage.recorder, LiveState::Idle, &["returns"]).await;
            if !HAS_STACK_WALKER {
                return (capture, Ok(last));
            }
            (capture, task.await)
        });
        assert_eq!(output.unwrap(), last);
        if HAS_STACK_WALKER {
            assert_eq!((capture.tasks.len(), capture.ended), (0, 1));
            assert_eq!(stage.counts("returns"), Counts::finished(1));
            assert_eq!(stage.series("returns").poll.count(), 2);
            assert_eq!(stage.recorder.live().len(), 0);
        }
    }
}

/// A task that panics in a poll of a dump has panicked, and the dump goes on.
pub fn a_task_that_panics_in_a_poll_of_a_dump_has_panicked<H: Harness>() {
    if !HAS_STACK_WALKER {
        return;
    }
    for last in POLLS_OF_A_DUMP {
        let stage = stage::<H>();
        let mut polls = 0;
        let panics = poll_fn(move |cx| {
            polls += 1;
            let _registered = cx.waker().clone();
            assert!(polls < last, "in poll {polls}");
            Poll::<()>::Pending
        });
        let (send, receive) = oneshot::channel::<()>();
        let (capture, output) = stage.play(async {
            let task = stage.runtime.named("panics").spawn(panics);
            let other = stage.runtime.named("waits").spawn(receive);
            let capture = dump(&stage.recorder, LiveState::Idle, &["panics", "waits"]).await;
            send.send(()).unwrap();
            other.await.unwrap().unwrap();
            (capture, task.await)
        });
        let error = output.unwrap_err();
        let message = format!("task panicked with message \"in poll {last}\"");
        assert_eq!(error.to_string(), message);
        assert_eq!(traces_of(&capture, "waits").len(), 1);
        assert_eq!(stage.counts("panics"), Counts::exception(1));
        assert_eq!(stage.recorder.live().len(), 0);
    }
}

/// Tasks that are aborted during their dump end as cancelled, each once.
pub fn tasks_that_are_aborted_during_a_dump_are_cancelled<H: Harness>() {
    const TASKS: usize = 64;
    let stage = stage::<H>();
    let capture = stage.play(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                stage.runtime.named("aborted").spawn(poll_fn(|cx| {
                    let _registered = cx.waker().clone();
                    Poll::<()>::Pending
                }))
            })
            .collect();
        let recorder = stage.recorder.clone();
        let (starts, started) = oneshot::channel();
        let dumping = on_a_thread(move || {
            await_state(&recorder, LiveState::Idle, &["aborted"]);
            starts.send(()).unwrap();
            capture(&recorder, CaptureOptions::default(), |_| true)
        });
        let aborting = async {
            started.await.unwrap();
            for task in tasks {
                futures_lite::future::yield_now().await;
                task.abort();
                let _ = task.await;
            }
        };
        futures_lite::future::zip(dumping, aborting).await.0
    });
    assert!(capture.tasks.len() + capture.ended <= TASKS);
    assert_eq!(stage.counts("aborted"), Counts::cancelled(TASKS as u64));
    assert_eq!(stage.recorder.live().len(), 0);
}

/// Tasks that send each other messages do so under dumps too: no wake is lost.
pub fn no_wake_is_lost_under_dumps<H: Harness>() {
    const MESSAGES: u32 = 2_000;
    let stage = stage::<H>();
    let (sum, dumps) = stage.play(async {
        let (ask, asked) = mpsc::channel(1);
        let (reply, replied) = mpsc::channel(1);
        let echo = stage.runtime.named("echo").spawn(async move {
            let (mut asked, mut reply) = (asked, reply);
            while let Some(message) = asked.next().await {
                send(&mut reply, message).await;
            }
        });
        let asks = stage.runtime.named("asks").spawn(async move {
            let (mut ask, mut replied) = (ask, replied);
            let mut sum = 0;
            for message in 0..MESSAGES {
                send(&mut ask, message).await;
                sum += replied.next().await.unwrap();
            }
            sum
        });
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let recorder = stage.recorder.clone();
        let dumping = on_a_thread(move || {
            let mut dumps = 0;
            while stopped.try_recv().is_err() {
                capture(&recorder, CaptureOptions::default(), |_| true);
                dumps += 1;
            }
            dumps
        });
        let ending = async {
            let sum = asks.await.unwrap();
            echo.await.unwrap();
            stop.send(()).unwrap();
            sum
        };
        futures_lite::future::zip(ending, dumping).await
    });
    assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
    assert!(dumps > 0);
    assert_eq!(stage.counts("asks"), Counts::finished(1));
    assert_eq!(stage.counts("echo"), Counts::finished(1));
}

/// Waits for room and sends.
async fn send(channel: &mut mpsc::Sender<u32>, message: u32) {
    poll_fn(|cx| channel.poll_ready(cx)).await.unwrap();
    channel.start_send(message).unwrap();
}
