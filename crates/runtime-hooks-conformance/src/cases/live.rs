//! The list of live tasks, with the state of each.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_lite::future::yield_now;
use runtime_hooks_core::{Config, Detail, Kind, LiveState, LiveTask, ManualClock, RuntimeHooksExt};

use crate::tools::{Gate, ms};
use crate::{Harness, Stage};

/// A stage with a live list, at the default detail. At this detail the wakes of most tasks are stamped only for the list.
fn live<H: Harness>() -> Stage<H> {
    Stage::with(ManualClock::new(), Config::new().detail(Detail::Sampled).live(true))
}

/// Returns the only task in the list.
fn one<H: Harness>(stage: &Stage<H>) -> LiveTask {
    let [task]: [LiveTask; 1] = stage.recorder.live().try_into().unwrap();
    task
}

/// From its submission to its end a task is in the list, scheduled, running, waiting and woken in turn.
pub fn a_task_is_listed_with_its_state<H: Harness>() {
    let stage = live::<H>();
    let (recorder, time) = (stage.recorder.clone(), stage.time.clone());
    let mut has_run = false;
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(|_| {
        time.advance(ms(3));
        let running = recorder.live();
        let running = &running[0];
        assert_eq!((running.state, running.since), (LiveState::Running, ms(3)));
        if std::mem::replace(&mut has_run, true) { Poll::Ready(()) } else { Poll::Pending }
    })));
    stage.time.advance(ms(1));
    let new = one(&stage);
    assert_eq!((new.key.name(), new.key.kind()), (Some("task"), Kind::Coroutine));
    assert_eq!((new.state, new.since, new.age), (LiveState::Scheduled, ms(1), ms(1)));
    assert_eq!((new.busy, new.scheduled), (ms(0), ms(1)));
    assert!(new.spawn_site.is_some_and(|site| site.location.file().ends_with("live.rs")));

    let mut cx = Context::from_waker(Waker::noop());
    assert!(task.as_mut().poll(&mut cx).is_pending());
    stage.time.advance(ms(5));
    let idle = one(&stage);
    assert_eq!((idle.id, idle.state, idle.since), (new.id, LiveState::Idle, ms(5)));
    assert_eq!((idle.age, idle.polls), (ms(9), 1));
    assert_eq!((idle.busy, idle.scheduled), (ms(3), ms(1)));

    assert!(task.as_mut().poll(&mut cx).is_ready());
    assert_eq!(stage.recorder.live(), []);
}

/// A spawned task is polled by the runtime, a future inside it and a closure are not.
pub fn a_task_tells_whether_it_was_spawned<H: Harness>() {
    let stage = live::<H>();
    let spawned = |name: &str| {
        let live = stage.recorder.live();
        live.iter().find(|task| task.key.name() == Some(name)).map(|task| task.is_spawned)
    };
    let task = stage.runtime.named("task").spawn(pending::<()>());
    let inside = stage.runtime.named("inside").instrument(pending::<()>());
    let closure = stage.runtime.named("closure").instrument_blocking(|| ());
    assert_eq!(["task", "inside", "closure"].map(spawned), [Some(true), Some(false), Some(false)]);
    task.abort();
    drop((inside, closure));
}

/// A task is scheduled from its first wake on. The list has the number of wakes and the age of the last one.
pub fn wakes_are_counted<H: Harness>() {
    let stage = live::<H>();
    let kept = RefCell::new(Waker::noop().clone());
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(|cx| {
        kept.replace(cx.waker().clone());
        Poll::<()>::Pending
    })));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(task.as_mut().poll(&mut cx).is_pending());
    assert_eq!((one(&stage).wakes, one(&stage).last_wake), (0, None));
    stage.time.advance(ms(2));
    for _ in 0..3 {
        kept.borrow().wake_by_ref();
        stage.time.advance(ms(1));
    }
    let woken = one(&stage);
    assert_eq!((woken.state, woken.since), (LiveState::Scheduled, ms(3)));
    assert_eq!((woken.wakes, woken.last_wake), (3, Some(ms(3))));
    assert_eq!(woken.scheduled, ms(3));
    stage.time.advance(ms(1));
    assert!(task.as_mut().poll(&mut cx).is_pending());
    let idle = one(&stage);
    assert_eq!((idle.state, idle.polls, idle.polls_with_wake), (LiveState::Idle, 2, 0));
    assert_eq!((idle.wakes, idle.last_wake), (3, Some(ms(4))));
    assert_eq!((idle.age, idle.busy, idle.scheduled), (ms(6), ms(0), ms(4)));
}

/// Polls in which a task wakes itself are counted.
pub fn polls_in_which_a_task_wakes_itself_are_counted<H: Harness>() {
    let stage = live::<H>();
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    for polls in 1..=4 {
        assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        stage.time.advance(ms(1));
        let task = one(&stage);
        assert_eq!((task.polls, task.polls_with_wake, task.wakes), (polls, polls, polls));
        assert_eq!((task.state, task.since), (LiveState::Scheduled, ms(1)));
    }
}

/// A task can be woken only while a clone of its last poll's waker exists.
pub fn a_task_without_a_waker_cannot_be_woken<H: Harness>() {
    let stage = live::<H>();
    let kept = RefCell::new(Vec::new());
    let keeps = Cell::new(0);
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(|cx| {
        kept.replace((0..keeps.get()).map(|_| cx.waker().clone()).collect());
        Poll::<()>::Pending
    })));
    assert!(one(&stage).can_be_woken());
    let mut cx = Context::from_waker(Waker::noop());
    for wakers in [1, 0, 3, 2, 0] {
        keeps.set(wakers);
        assert!(task.as_mut().poll(&mut cx).is_pending());
        let idle = one(&stage);
        assert_eq!((idle.state, idle.wakers), (LiveState::Idle, wakers));
        assert_eq!(idle.can_be_woken(), wakers > 0);
    }
    // A wake before the waker was dropped counts: the task will be polled.
    let mut woken = pin!(stage.runtime.named("task").instrument(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    assert!(woken.as_mut().poll(&mut cx).is_pending());
    let live = stage.recorder.live();
    let mut tasks: Vec<_> = live.iter().map(|task| (task.wakes, task.can_be_woken())).collect();
    tasks.sort_unstable();
    assert_eq!(tasks, [(0, false), (1, true)]);
}

/// The list has the size of a future and its first spawn site from its first submission on.
pub fn the_size_of_a_future_is_known<H: Harness>() {
    let stage = live::<H>();
    let buffer = [0_u8; 5_000];
    let future = async move {
        pending::<()>().await;
        std::hint::black_box(&buffer);
    };
    let size = size_of_val(&future);
    let _task = stage.runtime.named("task").instrument(future);
    assert!(size >= 5_000);
    assert_eq!(one(&stage).spawn_site.and_then(|site| site.size), Some(size));
}

/// The size of a future that is boxed on its way to the runtime is that of the future, not of the box.
#[expect(clippy::large_stack_arrays, reason = "large is what is tested")]
pub fn the_size_of_a_boxed_future_is_not_that_of_its_box<H: Harness>() {
    let stage = live::<H>();
    let buffer = [0_u8; 20_000];
    let future = async move {
        pending::<()>().await;
        std::hint::black_box(&buffer);
    };
    let size = size_of_val(&future);
    let task = stage.runtime.named("task").spawn(future);
    assert!(size >= 20_000);
    assert_eq!(one(&stage).spawn_site.and_then(|site| site.size), Some(size));
    task.abort();
}

/// The list has each active task once. It is empty after all have ended, in whichever way.
pub fn as_many_tasks_are_listed_as_are_active<H: Harness>() {
    let stage = live::<H>();
    let gate = Gate::default();
    let waiting = (0..200).map(|_| stage.runtime.named("waits").spawn(gate.clone().passed()));
    let waiting: Vec<_> = waiting.collect();
    let mut others: Vec<_> = Vec::new();
    stage.play(async {
        others.push(stage.runtime.named("panics").spawn(async { std::panic::panic_any(1_u8) }));
        others.push(stage.runtime.named("aborted").spawn(pending::<()>()));
        others[1].abort();
        while !others.iter().all(runtime_hooks_core::JoinHandle::is_finished) {
            yield_now().await;
        }
        let late = stage.runtime.timeout(ms(1), pending::<()>()).await;
        assert!(late.is_err());
        let live = stage.recorder.live();
        assert!(live.iter().all(|task| task.key.name() == Some("waits")));
        assert_eq!(live.len(), 200);
        assert_eq!(live.iter().map(|task| task.id).collect::<HashSet<_>>().len(), 200);
        assert_eq!(stage.snapshot().active(), 200);
        gate.open();
        for task in waiting {
            task.await.unwrap();
        }
    });
    assert_eq!(stage.recorder.live(), []);
    assert_eq!(stage.snapshot().active(), 0);
}

/// A blocking closure is listed as running, in its only poll.
pub fn a_blocking_closure_is_listed<H: Harness>() {
    let stage = live::<H>();
    let (recorder, time) = (stage.recorder.clone(), stage.time.clone());
    let seen = stage.play(stage.runtime.named("reads").spawn_blocking(move || {
        time.advance(ms(2));
        recorder.live()
    }));
    let seen = &seen.unwrap()[0];
    assert_eq!((seen.key.kind(), seen.state), (Kind::Blocking, LiveState::Running));
    assert_eq!((seen.polls, seen.busy, seen.wakes), (1, ms(2), 0));
    assert_eq!(stage.recorder.live(), []);
}

/// The list is off by default. Once it is requested, it has the tasks that are submitted from then on, until each ends.
pub fn the_live_list_is_kept_only_on_request<H: Harness>() {
    let stage = Stage::<H>::new();
    let task = |name: &'static str| stage.runtime.named(name).instrument(pending::<()>());
    let names = || {
        let mut names: Vec<_> =
            stage.recorder.live().iter().map(|t| t.key.name().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let before = task("before");
    assert!(names().is_empty());
    stage.instrumentor.set_live(true);
    let [during, other] = [task("during"), task("other")];
    assert_eq!(names(), ["during", "other"]);
    stage.instrumentor.set_live(false);
    let after = task("after");
    drop(other);
    assert_eq!(names(), ["during"]);
    stage.instrumentor.uninstall();
    drop(during);
    assert!(names().is_empty());
    drop((before, after));
    assert_eq!(stage.snapshot().active(), 0);
}

/// The list changes no counts: with `Detail::Counts` there are still no polls.
pub fn the_live_list_changes_no_count<H: Harness>() {
    let config = Config::new().detail(Detail::Counts).live(true);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    stage.play(stage.runtime.named("task").spawn(async { yield_now().await })).unwrap();
    let series = stage.series("task");
    assert_eq!((series.spawned, series.duration().count()), (1, 1));
    assert_eq!((series.poll.count(), series.schedule.count()), (0, 0));
}
