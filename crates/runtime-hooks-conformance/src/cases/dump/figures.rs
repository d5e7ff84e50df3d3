//! What a dump does not change.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_channel::{mpsc, oneshot};
use futures_lite::{Stream, StreamExt};
use runtime_hooks_core::dump::HAS_STACK_WALKER;
use runtime_hooks_core::{
    Config, Detail, LiveState, ManualClock, Outcome, RuntimeHooksExt, Submission, TaskContext,
    Tracer,
};

use super::tools::{answer_of, dump, stage, traces_of};
use crate::{Counts, Harness, Stage};

/// The polls of a dump enter no count, no duration, no event and nothing of the live list.
pub fn a_dump_enters_no_figure<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let figures = || {
        let series = stage.series("waits");
        let live = stage.recorder.live();
        let live = live.iter().find(|task| task.key.name() == Some("waits")).unwrap();
        let durations = (series.poll.count(), series.schedule.count());
        let live = (live.state, live.polls, live.wakes, live.polls_with_wake, live.since);
        (durations, live, stage.recorder.flight().events.len())
    };
    let (before, after) = stage.play(async {
        let task = stage.runtime.named("waits").spawn(receive);
        dump(&stage.recorder, LiveState::Idle, &["waits"]).await;
        let before = figures();
        for _ in 0..10 {
            dump(&stage.recorder, LiveState::Idle, &["waits"]).await;
        }
        let after = figures();
        send.send(7).unwrap();
        assert_eq!(task.await.unwrap(), Ok(7));
        (before, after)
    });
    assert_eq!(before, ((1, 1), (LiveState::Idle, 1, 0, 0, Duration::ZERO), before.2));
    assert_eq!(after, before);
    let series = stage.series("waits");
    assert_eq!((series.poll.count(), series.schedule.count()), (2, 2));
    assert_eq!(stage.counts("waits"), Counts::finished(1));
}

/// A leaf that wakes the waker that it replaces, as sockets of async-io do, adds no wake and no poll.
pub fn a_leaf_that_wakes_the_waker_that_it_replaces_changes_no_figure<H: Harness>() {
    let stage = stage::<H>();
    let (send, receive) = oneshot::channel();
    let mut receive = Box::pin(receive);
    let mut kept = None::<Waker>;
    let replaces = poll_fn(move |cx| {
        if let Poll::Ready(sent) = receive.as_mut().poll(cx) {
            return Poll::Ready(sent);
        }
        if kept.as_ref().is_none_or(|kept| !kept.will_wake(cx.waker()))
            && let Some(replaced) = kept.replace(cx.waker().clone())
        {
            replaced.wake();
        }
        Poll::Pending
    });
    let live = stage.play(async {
        let task = stage.runtime.named("replaces").spawn(replaces);
        for _ in 0..3 {
            dump(&stage.recorder, LiveState::Idle, &["replaces"]).await;
        }
        let live = stage.recorder.live();
        send.send(7).unwrap();
        assert_eq!(task.await.unwrap(), Ok(7));
        live
    });
    let task = live.iter().find(|task| task.key.name() == Some("replaces")).unwrap();
    assert_eq!((task.polls, task.wakes), (1, 0));
    assert_eq!(stage.series("replaces").poll.count(), 2);
}

/// No item of a stream is lost, and none comes twice, although a dump polls the stream twice.
pub fn a_dump_takes_no_item_of_a_stream<H: Harness>() {
    let stage = stage::<H>();
    let (feed, items) = mpsc::unbounded::<u32>();
    let mut polls = 0;
    // It has an item in the first poll of the dump, and one in the second.
    let mut items = Box::pin(items);
    let items = futures_lite::stream::poll_fn(move |cx| {
        polls += 1;
        let polled = items.as_mut().poll_next(cx);
        if polled.is_pending() && matches!(polls, 2 | 3) {
            Poll::Ready(Some(polls))
        } else {
            polled
        }
    });
    let output = stage.play(async {
        let stream = stage.runtime.named("stream").instrument_stream(items);
        let task = stage.runtime.named("collects").spawn(stream.collect::<Vec<_>>());
        dump(&stage.recorder, LiveState::Idle, &["stream", "collects"]).await;
        feed.unbounded_send(10).unwrap();
        drop(feed);
        task.await
    });
    let expected: &[u32] = if HAS_STACK_WALKER { &[2, 3, 10] } else { &[10] };
    assert_eq!(output.unwrap(), expected);
}

thread_local! {
    static IS_IN_CONTEXT: Cell<bool> = const { Cell::new(false) };
}

struct Marks;

impl Tracer for Marks {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        Some(Arc::new(Marks))
    }
}

impl TaskContext for Marks {
    fn enter(&self, run: &mut dyn FnMut()) {
        let before = IS_IN_CONTEXT.replace(true);
        run();
        IS_IN_CONTEXT.set(before);
    }

    fn end(&self, _: Outcome, _: Duration) {}
}

/// The polls of a dump run in the task's context, as all its polls.
pub fn a_dump_polls_in_the_context_of_the_task<H: Harness>() {
    let config = Config::new().detail(Detail::Full).live(true).tracer(Arc::new(Marks));
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let (send, receive) = oneshot::channel();
    let mut receive = Box::pin(receive);
    let (mut polls, mut outside) = (0, 0);
    let waits = poll_fn(move |cx| {
        polls += 1;
        outside += u32::from(!IS_IN_CONTEXT.get());
        receive.as_mut().poll(cx).map(|sent| (sent.is_ok(), polls, outside))
    });
    let output = stage.play(async {
        let task = stage.runtime.named("waits").spawn(waits);
        let capture = dump(&stage.recorder, LiveState::Idle, &["waits"]).await;
        if HAS_STACK_WALKER {
            assert_eq!(traces_of(&capture, "waits").len(), 1, "{:?}", answer_of(&capture, "waits"));
        }
        send.send(()).unwrap();
        task.await
    });
    let polls = if HAS_STACK_WALKER { 4 } else { 2 };
    assert_eq!(output.unwrap(), (true, polls, 0));
}
