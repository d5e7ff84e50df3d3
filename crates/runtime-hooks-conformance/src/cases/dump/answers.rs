//! What tasks answer.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::or;
use runtime_hooks_core::dump::{Answer, CaptureOptions, CapturedTask, HAS_STACK_WALKER, capture};
use runtime_hooks_core::{Config, LiveState, ManualClock, RuntimeHooksExt};

use super::tools::{answer_of, dump, stage, traces_of};
use crate::cases::waiting::{await_state, on_a_thread};
use crate::{Harness, Stage};

/// A task that waits answers with the stack at the place where it waits, and goes on as if nothing had been.
pub fn a_waiting_task_answers_with_its_stack<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let (capture, output) = stage.play(async {
        let task = stage.runtime.named("waits").spawn(receive);
        let capture = dump(&stage.recorder, LiveState::Idle, &["waits"]).await;
        send.send(7).unwrap();
        (capture, task.await)
    });
    assert_eq!(output.unwrap(), Ok(7));
    if HAS_STACK_WALKER {
        let traces = traces_of(&capture, "waits");
        assert!(traces.len() == 1 && traces[0].0 > 1 && !traces[0].1, "{traces:?}");
    } else {
        assert_eq!(answer_of(&capture, "waits"), &Answer::NotAsked);
    }
}

/// A task that waits for one of two futures answers with the stacks of both.
pub fn each_branch_that_waits_has_a_stack<H: Harness>() {
    let stage = stage::<H>();
    let (send, first) = oneshot::channel();
    let (_keep, second) = oneshot::channel();
    let (capture, output) = stage.play(async {
        let task = stage.runtime.named("selects").spawn(or(first, second));
        let capture = dump(&stage.recorder, LiveState::Idle, &["selects"]).await;
        send.send(7).unwrap();
        (capture, task.await)
    });
    assert_eq!(output.unwrap(), Ok(7));
    if HAS_STACK_WALKER {
        assert_eq!(traces_of(&capture, "selects").len(), 2);
    }
}

/// A task that wakes itself answers with the place where it does.
pub fn a_task_that_yields_answers_with_its_wake<H: Harness>() {
    let stage = stage::<H>();
    let stop = Arc::<AtomicBool>::default();
    let stopped = Arc::clone(&stop);
    let yields = poll_fn(move |cx| {
        if stopped.load(Ordering::Relaxed) {
            return Poll::Ready(7);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    let (capture, output) = stage.play(async {
        let task = stage.runtime.named("yields").spawn(yields);
        let recorder = stage.recorder.clone();
        let capture = on_a_thread(move || {
            // Asked between two polls, it has been polled once at least.
            while recorder.live_iter().all(|task| task.polls == 0) {
                std::thread::yield_now();
            }
            capture(&recorder, CaptureOptions::default(), |_| true)
        });
        let capture = capture.await;
        stop.store(true, Ordering::Relaxed);
        (capture, task.await)
    });
    assert_eq!(output.unwrap(), 7);
    if HAS_STACK_WALKER {
        let traces = traces_of(&capture, "yields");
        assert!(traces.len() == 1 && traces[0].1, "{traces:?}");
    }
}

/// A future that never asked for a waker cannot be woken. One that keeps its first waker has no stack.
pub fn a_task_that_does_not_ask_for_a_waker_says_so<H: Harness>() {
    let stage = stage::<H>();
    let mut kept = None::<Waker>;
    let keeps_first = poll_fn(move |cx| {
        kept.get_or_insert_with(|| cx.waker().clone());
        Poll::<()>::Pending
    });
    let capture = stage.play(async {
        let tasks = [
            stage.runtime.named("never").spawn(pending()),
            stage.runtime.named("first").spawn(keeps_first),
        ];
        let capture = dump(&stage.recorder, LiveState::Idle, &["never", "first"]).await;
        for task in tasks {
            task.abort();
            let _ = task.await;
        }
        capture
    });
    if HAS_STACK_WALKER {
        assert_eq!(answer_of(&capture, "never"), &Answer::NeverWoken);
        assert_eq!(answer_of(&capture, "first"), &Answer::Waits(vec![]));
    }
}

/// A task whose poll has not returned is listed as running, one that was not polled yet as not started.
pub fn a_task_that_cannot_answer_says_why<H: Harness>() {
    let stage = stage::<H>();
    let (release, released) = channel();
    let blocks = stage.runtime.named("blocks").spawn_blocking(move || released.recv());
    let not_started = stage.runtime.named("not_started").instrument(pending::<()>());
    let capture = stage.play(async {
        let capture = dump(&stage.recorder, LiveState::Running, &["blocks"]).await;
        release.send(()).unwrap();
        blocks.await.unwrap().unwrap();
        capture
    });
    drop(not_started);
    if HAS_STACK_WALKER {
        assert_eq!(answer_of(&capture, "blocks"), &Answer::Runs);
        assert_eq!(answer_of(&capture, "not_started"), &Answer::NotStarted);
    }
}

/// Without the list of live tasks a dump has no task.
pub fn a_dump_needs_the_live_list<H: Harness>() {
    let stage = Stage::<H>::with(ManualClock::new(), Config::new());
    let (send, receive) = oneshot::channel();
    let capture = stage.play(async {
        let task = stage.runtime.named("waits").spawn(receive);
        let recorder = stage.recorder.clone();
        let capture =
            on_a_thread(move || capture(&recorder, CaptureOptions::default(), |_| true)).await;
        send.send(()).unwrap();
        task.await.unwrap().unwrap();
        capture
    });
    assert_eq!((capture.tasks.len(), capture.ended), (0, 0));
}

/// A dump ends at its time limit, however long the pause between two batches is.
pub fn a_dump_ends_at_its_time_limit<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let capture = stage.play(async {
        let tasks = [
            stage.runtime.named("waits").spawn(async { receive.await.unwrap() }),
            stage.runtime.named("never").spawn(pending()),
        ];
        let recorder = stage.recorder.clone();
        let capture = on_a_thread(move || {
            await_state(&recorder, LiveState::Idle, &["waits", "never"]);
            let mut options = CaptureOptions::default();
            (options.batch, options.interval) = (1, Duration::MAX);
            options.time_limit = Duration::from_millis(1);
            capture(&recorder, options, |_| true)
        });
        let capture = capture.await;
        send.send(()).unwrap();
        let [waits, never] = tasks;
        waits.await.unwrap();
        never.abort();
        let _ = never.await;
        capture
    });
    assert_eq!(capture.tasks.len(), 2);
    // The second one was not asked.
    if HAS_STACK_WALKER {
        let not_asked = |task: &CapturedTask| task.answer == Answer::NotAsked;
        assert!(capture.tasks.iter().any(not_asked), "{:?}", capture.tasks);
    }
}

/// A task may dump, also right after another dump. Tasks that need its thread cannot answer meanwhile.
pub fn a_task_dumps_after_another_dump<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let capture = stage.play(async {
        let task = stage.runtime.named("waits").spawn(receive);
        dump(&stage.recorder, LiveState::Idle, &["waits"]).await;
        let recorder = stage.recorder.clone();
        let dumps = async move {
            let mut options = CaptureOptions::default();
            options.time_limit = Duration::from_millis(100);
            capture(&recorder, options, |_| true)
        };
        let capture = stage.runtime.named("dumps").spawn(dumps).await.unwrap();
        send.send(()).unwrap();
        task.await.unwrap().unwrap();
        capture
    });
    if HAS_STACK_WALKER {
        assert_eq!(answer_of(&capture, "dumps"), &Answer::Runs);
        let answer = answer_of(&capture, "waits");
        assert!(matches!(answer, Answer::Waits(_) | Answer::NotPolled), "{answer:?}");
    }
}

/// A task that dumps because it was asked itself asks nothing, since it would wait for itself.
pub fn a_dump_within_a_dump_asks_nothing<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = channel();
    let recorder = stage.recorder.clone();
    let mut polls = 0;
    let dumps = poll_fn(move |cx| {
        polls += 1;
        if polls == 2 {
            let inner = capture(&recorder, CaptureOptions::default(), |_| true);
            send.send(inner).unwrap();
        }
        let _registered = cx.waker().clone();
        Poll::<()>::Pending
    });
    let (outer, inner) = stage.play(async {
        let task = stage.runtime.named("dumps").spawn(dumps);
        let recorder = stage.recorder.clone();
        let outer = on_a_thread(move || {
            await_state(&recorder, LiveState::Idle, &["dumps"]);
            capture(&recorder, CaptureOptions::default(), |_| true)
        })
        .await;
        task.abort();
        let _ = task.await;
        (outer, receive.try_recv())
    });
    if HAS_STACK_WALKER {
        assert_eq!(traces_of(&outer, "dumps").len(), 1);
        assert_eq!(answer_of(&inner.unwrap(), "dumps"), &Answer::NotAsked);
    }
}
