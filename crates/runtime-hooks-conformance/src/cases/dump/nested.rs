//! Tasks inside of tasks.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use futures_channel::oneshot;
use runtime_hooks_core::dump::{CaptureOptions, HAS_STACK_WALKER, capture};
use runtime_hooks_core::{Config, Detail, LiveState, LiveTask, ManualClock, RuntimeHooksExt};

use super::tools::{dump, stage, traces_of};
use crate::cases::waiting::{await_state, on_a_thread};
use crate::{Counts, Harness, Stage};

/// Inside of it, an instrumented future is a task of its own.
async fn awaits<F: Future>(inner: F) -> F::Output {
    inner.await
}

/// An instrumented future inside a task answers for itself, with the part of the stack inside it. The polls of the dump are
/// none of its polls.
pub fn a_nested_future_answers_for_itself<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let capture = stage.play(async {
        let inner = stage.runtime.named("inner").instrument(receive);
        let task = stage.runtime.named("outer").spawn(awaits(inner));
        let capture = dump(&stage.recorder, LiveState::Idle, &["inner", "outer"]).await;
        send.send(()).unwrap();
        task.await.unwrap().unwrap();
        capture
    });
    if HAS_STACK_WALKER {
        let [inner, outer] = ["inner", "outer"].map(|name| traces_of(&capture, name));
        assert_eq!((inner.len(), outer.len()), (1, 1));
        assert!(inner[0].0 < outer[0].0, "{inner:?} {outer:?}");
    }
    for name in ["inner", "outer"] {
        assert_eq!(stage.counts(name), Counts::finished(1));
        let series = stage.series(name);
        assert_eq!((series.poll.count(), series.schedule.count()), (2, 2), "{name}");
    }
}

/// An instrumented future that is not in the list of live tasks cannot be asked. Its part of the stack is in the answer of
/// the task outside, once.
pub fn a_nested_future_outside_of_the_live_list_is_part_of_its_task<H: Harness>() {
    let stage = Stage::<H>::with(ManualClock::new(), Config::new().detail(Detail::Polls));
    let (send, receive) = oneshot::channel();
    let inner = stage.runtime.named("inner").instrument(receive);
    stage.instrumentor.set_live(true);
    let capture = stage.play(async {
        let task = stage.runtime.named("outer").spawn(awaits(inner));
        let capture = dump(&stage.recorder, LiveState::Idle, &["outer"]).await;
        send.send(()).unwrap();
        task.await.unwrap().unwrap();
        capture
    });
    assert_eq!(capture.tasks.len(), 1);
    if HAS_STACK_WALKER {
        assert_eq!(traces_of(&capture, "outer").len(), 1);
    }
    for name in ["inner", "outer"] {
        assert_eq!(stage.counts(name), Counts::finished(1));
        assert_eq!(stage.series(name).poll.count(), 2, "{name}");
    }
}

/// Keeps the waker of its parent, as combinators with a waker of their own do.
#[derive(Default)]
struct Forwards(Mutex<Option<Waker>>);

impl Wake for Forwards {
    fn wake(self: Arc<Self>) {
        let parent = self.0.lock().unwrap().clone();
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

/// A child that is polled with a waker of its combinator is woken through its parent. That is no wake and no poll of the
/// parent.
pub fn a_child_behind_another_waker_answers_and_its_parent_counts_nothing<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let child = stage.runtime.named("child").instrument(receive);
    let forwards = Arc::<Forwards>::default();
    let combines = async move {
        let waker = Waker::from(Arc::clone(&forwards));
        let mut child = pin!(child);
        poll_fn(|cx| {
            *forwards.0.lock().unwrap() = Some(cx.waker().clone());
            child.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    };
    let (capture, live) = stage.play(async {
        let task = stage.runtime.named("parent").spawn(combines);
        let capture = dump(&stage.recorder, LiveState::Idle, &["child", "parent"]).await;
        let live = stage.recorder.live();
        send.send(()).unwrap();
        task.await.unwrap().unwrap();
        (capture, live)
    });
    for name in ["child", "parent"] {
        let task = live.iter().find(|task| task.key.name() == Some(name)).unwrap();
        assert_eq!((task.polls, task.wakes), (1, 0), "{name}");
        let series = stage.series(name);
        assert_eq!((series.poll.count(), series.schedule.count()), (2, 2), "{name}");
    }
    if HAS_STACK_WALKER {
        assert_eq!(traces_of(&capture, "child").len(), 1);
        // Where the parent keeps its waker, and where the child waits, since the parent polls the child each time.
        assert_eq!(traces_of(&capture, "parent").len(), 2);
    }
}

/// A future that is polled first in a poll of a dump has its first poll counted.
pub fn a_first_poll_in_a_dump_is_counted<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let late = stage.runtime.named("late").instrument(receive);
    let starts = async move {
        let mut late = pin!(late);
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            let _registered = cx.waker().clone();
            // In the poll that walks the stack.
            if polls < 3 { Poll::Pending } else { late.as_mut().poll(cx) }
        })
        .await
    };
    stage.play(async {
        let task = stage.runtime.named("starts").spawn(starts);
        let recorder = stage.recorder.clone();
        on_a_thread(move || {
            await_state(&recorder, LiveState::Idle, &["starts"]);
            // The other one would be asked after its first poll, and polled again.
            let is_outer = |task: &LiveTask| task.key.name() == Some("starts");
            capture(&recorder, CaptureOptions::default(), is_outer)
        })
        .await;
        if HAS_STACK_WALKER {
            send.send(()).unwrap();
            task.await.unwrap().unwrap();
        } else {
            task.abort();
            let _ = task.await;
        }
    });
    if HAS_STACK_WALKER {
        assert_eq!(stage.counts("late"), Counts::finished(1));
        assert_eq!(stage.series("late").poll.count(), 2);
    }
}
