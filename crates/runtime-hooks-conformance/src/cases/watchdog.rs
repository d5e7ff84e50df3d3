//! What a watchdog sees: the task that each thread polls.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::block_on;
use runtime_hooks_core::running::{RunningThread, Watch, threads};
use runtime_hooks_core::{
    Config, Detail, LiveState, ManualClock, Outcome, Recorder, RuntimeHooksExt, Submission,
    TaskContext, TraceIds, Tracer,
};

use super::waiting::{await_state, on_a_thread};
use crate::{Harness, Stage};

/// One case at a time has a watch: it is the process's.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names of the outermost and the innermost task that a thread polls.
type Names = (String, Option<String>);

/// What the threads poll that poll tasks of this recorder.
fn polled(recorder: &Recorder) -> Vec<Names> {
    let name = |run: runtime_hooks_core::running::ThreadRun| {
        run.task(recorder).map(|task| task.key.name().unwrap_or("").to_owned())
    };
    threads()
        .filter_map(|thread| Some((name(thread.outer)?, thread.inner.and_then(name))))
        .collect()
}

/// The thread that polls this one task of the recorder.
fn one(recorder: &Recorder) -> RunningThread {
    let ours: Vec<_> = threads().filter(|thread| thread.outer.task(recorder).is_some()).collect();
    let [thread] = ours[..] else { panic!("not one thread: {ours:?}") };
    thread
}

fn only(name: &str) -> Vec<Names> {
    vec![(name.to_owned(), None)]
}

fn inside(outer: &str, inner: &str) -> Vec<Names> {
    vec![(outer.to_owned(), Some(inner.to_owned()))]
}

/// During each poll its thread shows the task, with its id if the list of live tasks is kept. Between two polls, and after
/// the end, it does not.
pub fn a_thread_shows_the_task_that_it_polls<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::with(ManualClock::new(), Config::new().detail(Detail::Full).live(true));
    let _watch = Watch::start();
    let (open, opened) = oneshot::channel();
    let ((first, second), between) = stage.play(async {
        let recorder = stage.recorder.clone();
        let task = stage.runtime.named("task").spawn(async move {
            let look = || (polled(&recorder), one(&recorder).outer.task(&recorder).unwrap());
            let first = look();
            opened.await.unwrap();
            (first, look())
        });
        let recorder = stage.recorder.clone();
        let between = on_a_thread(move || {
            await_state(&recorder, LiveState::Idle, &["task"]);
            polled(&recorder)
        });
        let between = between.await;
        open.send(()).unwrap();
        (task.await.unwrap(), between)
    });
    assert_eq!((&first.0, &second.0, between), (&only("task"), &only("task"), vec![]));
    assert_eq!(first.1, second.1);
    assert!(first.1.id.is_some() && first.1.ids.is_none());
    assert!(first.1.spawn_site.unwrap().location.file().ends_with("watchdog.rs"));
    assert_eq!(polled(&stage.recorder), []);
}

/// A future that is recorded inside a task is the innermost poll while it is polled. The outermost one stays the same.
pub fn nested_polls_are_told_apart<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let _watch = Watch::start();
    let recorder = stage.recorder.clone();
    let look = || (polled(&recorder), one(&recorder).outer.number);
    let third = stage.runtime.named("third").instrument(async { look() });
    let second = stage.runtime.named("second").instrument(async {
        let before = look();
        let third = third.await;
        [before, third, look()]
    });
    let first = stage.runtime.named("first").instrument(async {
        let before = look();
        let [second, third, again] = second.await;
        [before, second, third, again, look()]
    });
    let seen = block_on(first);
    let expected = [
        only("first"),
        inside("first", "second"),
        inside("first", "third"),
        inside("first", "second"),
        only("first"),
    ];
    assert_eq!(seen.clone().map(|(names, _)| names), expected);
    assert!(seen.iter().all(|(_, number)| *number == seen[0].1));
}

/// Each poll has a number of its own, also of one task.
pub fn each_poll_has_its_own_number<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let _watch = Watch::start();
    let mut numbers = Vec::new();
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(|_| {
        numbers.push(one(&stage.recorder).outer.number);
        if numbers.len() < 3 { Poll::Pending } else { Poll::Ready(()) }
    })));
    let mut cx = Context::from_waker(Waker::noop());
    while task.as_mut().poll(&mut cx).is_pending() {}
    numbers.dedup();
    assert_eq!(numbers.len(), 3);
}

/// A panic ends a poll as a return does.
pub fn a_poll_that_panics_is_over<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let _watch = Watch::start();
    let outer = stage.runtime.named("outer").instrument(async {
        let inner = stage.runtime.named("inner").instrument(async {
            std::panic::resume_unwind(Box::new(polled(&stage.recorder)));
        });
        let mut inner = pin!(inner);
        let poll = || inner.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let panic = catch_unwind(AssertUnwindSafe(poll)).unwrap_err();
        (*panic.downcast::<Vec<Names>>().unwrap(), polled(&stage.recorder))
    });
    assert_eq!(block_on(outer), (inside("outer", "inner"), only("outer")));
    let ends = stage.runtime.named("ends").instrument(async {
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(ends))).is_err());
    assert_eq!(polled(&stage.recorder), []);
}

/// A blocking closure holds no worker, and neither does what is polled in it.
pub fn nothing_is_shown_in_a_blocking_closure<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let _watch = Watch::start();
    let seen = stage.play(async {
        let (runtime, recorder) = (stage.runtime.clone(), stage.recorder.clone());
        let closure = stage.runtime.spawn_blocking(move || {
            let alone = polled(&recorder);
            let inside = runtime.named("inside").instrument(async { polled(&recorder) });
            (alone, block_on(inside))
        });
        closure.await.unwrap()
    });
    assert_eq!(seen, (vec![], vec![]));
}

/// A poll in which a closure is called that blocks starts anew after it.
pub fn a_poll_starts_anew_after_a_blocking_closure<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let _watch = Watch::start();
    let recorder = &stage.recorder;
    let in_place = stage.runtime.named("in place").instrument_blocking(|| polled(recorder));
    let task = stage.runtime.named("task").instrument(async {
        let before = one(recorder).outer.number;
        let meanwhile = in_place();
        (before, meanwhile, one(recorder).outer.number)
    });
    let (before, meanwhile, after) = block_on(task);
    assert_eq!(meanwhile, []);
    assert_ne!(before, after);
}

/// Nothing is stored unless a watchdog wants it.
pub fn polls_show_nothing_without_a_watchdog<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let task = || stage.runtime.named("task").instrument(async { polled(&stage.recorder) });
    assert_eq!(block_on(task()), []);
    let watch = Watch::start();
    let other = Watch::start();
    drop(watch);
    assert_eq!(block_on(task()), only("task"));
    drop(other);
    assert_eq!(block_on(task()), []);
}

const IDS: TraceIds = TraceIds { trace: *b"0123456789abcdef", span: *b"01234567" };

struct Carries;

impl Tracer for Carries {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        Some(Arc::new(Self))
    }
}

impl TaskContext for Carries {
    fn enter(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn end(&self, _: Outcome, _: Duration) {}

    fn trace_ids(&self) -> Option<TraceIds> {
        Some(IDS)
    }
}

/// A task in a trace is shown with the ids of its span.
pub fn a_task_is_shown_with_its_trace<H: Harness>() {
    let _turn = turn();
    let config = Config::new().detail(Detail::Full).tracer(Arc::new(Carries));
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let _watch = Watch::start();
    let recorder = stage.recorder.clone();
    let ids = stage.play(async {
        let task = stage.runtime.spawn(async move { one(&recorder).outer.task(&recorder) });
        task.await.unwrap().and_then(|task| task.ids)
    });
    assert_eq!(ids, Some(IDS));
}

/// A stall is counted in the series of its task.
pub fn a_stall_is_counted_in_the_series_of_its_task<H: Harness>() {
    let _turn = turn();
    let stage = Stage::<H>::new();
    let _watch = Watch::start();
    let stalls = stage.runtime.named("stalls").instrument(async {
        one(&stage.recorder).outer.count_stall(&stage.recorder);
    });
    block_on(stalls);
    block_on(stage.runtime.named("other").instrument(async {}));
    assert_eq!((stage.series("stalls").stalls, stage.series("other").stalls), (1, 0));
}
