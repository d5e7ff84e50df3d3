//! The flight record: what the threads did last.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_channel::oneshot;
use runtime_hooks_core::{
    Config, Detail, Flight, FlightEvent, FlightEventKind, LiveState, ManualClock, Outcome,
    RuntimeHooksExt, State,
};

use crate::tools::ms;
use crate::{Harness, Stage};

/// What the events are, with times in milliseconds since the clock's zero.
fn shown<H: Harness>(stage: &Stage<H>, flight: &Flight) -> Vec<String> {
    let zero = flight.taken - stage.time.clock().nanos_between(0, stage.time.clock().now());
    let millis = |time: u64| (time - zero) / 1_000_000;
    let one = |event: &FlightEvent| {
        let (name, at) = (flight.key_of(event).name().unwrap_or("-"), millis(event.at));
        match event.kind {
            FlightEventKind::Polled { from, runnable_since, ended, .. } => {
                let since = runnable_since.map(millis);
                let ended = ended.map(Outcome::state);
                format!("{name}: {since:?}, {}..{at} {ended:?}", millis(from))
            }
            FlightEventKind::Ended { outcome, .. } => format!("{name}: {at} {}", outcome.state()),
            _ => format!("{name}: woken {at}"),
        }
    };
    flight.events.iter().map(one).collect()
}

/// Each poll of a task has its start, its end and its schedule delay. A wake has its time.
pub fn polls_and_wakes_of_a_task_are_in_the_flight_record<H: Harness>() {
    let stage = Stage::<H>::new();
    let (time, kept) = (stage.time.clone(), RefCell::new(Waker::noop().clone()));
    let mut has_run = false;
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(|cx| {
        kept.replace(cx.waker().clone());
        time.advance(ms(3));
        if std::mem::replace(&mut has_run, true) { Poll::Ready(()) } else { Poll::Pending }
    })));
    let mut cx = Context::from_waker(Waker::noop());
    stage.time.advance(ms(1));
    assert!(task.as_mut().poll(&mut cx).is_pending());
    stage.time.advance(ms(2));
    kept.borrow().wake_by_ref();
    // Only the first wake before a poll is an event.
    kept.borrow().wake_by_ref();
    stage.time.advance(ms(1));
    assert!(task.as_mut().poll(&mut cx).is_ready());
    let flight = stage.recorder.flight();
    let expected =
        ["task: Some(0), 1..4 None", "task: woken 6", "task: Some(6), 7..10 Some(Finished)"];
    assert_eq!(shown(&stage, &flight), expected);
    assert_eq!((flight.tasks.len(), flight.tasks[0].ended), (1, Some(Outcome::FINISHED)));
    assert_eq!((flight.overwritten, flight.missed), (0, 0));
}

/// A task that is cancelled or whose deadline elapses ends in the record without a poll.
pub fn an_end_without_a_poll_is_in_the_flight_record<H: Harness>() {
    let stage = Stage::<H>::new();
    drop(stage.runtime.named("dropped").instrument(pending::<()>()));
    stage.time.advance(ms(4));
    let late = stage.runtime.named("late").timeout(ms(0), pending::<()>());
    stage.play(late).unwrap_err();
    let flight = stage.recorder.flight();
    let ends: Vec<_> = flight
        .events
        .iter()
        .filter(|event| event.ended().is_some())
        .map(|event| (flight.key_of(event).name(), event.ended().map(Outcome::state)))
        .collect();
    let expected =
        [(Some("dropped"), Some(State::Cancelled)), (Some("late"), Some(State::Timeout))];
    assert_eq!(ends, expected);
}

/// The run of a closure is one event, on the thread that ran it.
pub fn a_blocking_closure_is_in_the_flight_record<H: Harness>() {
    let stage = Stage::<H>::new();
    let time = stage.time.clone();
    let name = stage.play(stage.runtime.named("closure").spawn_blocking(move || {
        time.advance(ms(5));
        thread::current().name().map(str::to_owned)
    }));
    let flight = stage.recorder.flight();
    assert_eq!(shown(&stage, &flight), ["closure: Some(0), 0..5 Some(Finished)"]);
    assert_eq!(flight.threads[flight.events[0].thread].name, name.unwrap());
}

/// A wake is an event of the thread that woke, which may not belong to the runtime.
pub fn a_wake_has_the_thread_that_woke<H: Harness>() {
    let stage = Stage::<H>::new();
    let (send, receive) = oneshot::channel();
    let (entered, is_waiting) = oneshot::channel();
    let mut receive = receive;
    let mut entered = Some(entered);
    let waits = poll_fn(move |cx| {
        let polled = pin!(&mut receive).poll(cx);
        entered.take().map(|entered| entered.send(()));
        polled
    });
    stage.play(async {
        let task = stage.runtime.named("waits").spawn(waits);
        is_waiting.await.unwrap();
        let waker = thread::Builder::new().name("waker".to_owned());
        // The task is not pending yet, only about to be: a wake now is one of its next poll.
        waker.spawn(move || send.send(()).unwrap()).unwrap().join().unwrap();
        task.await.unwrap().unwrap();
    });
    let flight = stage.recorder.flight();
    let is_wake = |event: &&FlightEvent| {
        matches!(event.kind, FlightEventKind::Woken) && flight.key_of(event).name() == Some("waits")
    };
    let wakes: Vec<_> = flight.events.iter().filter(is_wake).collect();
    let names: Vec<_> =
        wakes.iter().map(|wake| flight.threads[wake.thread].name.as_deref()).collect();
    assert_eq!(names, [Some("waker")]);
}

/// A waker that outlives its task wakes no other task, although that one may have its place in the list of live tasks.
pub fn a_wake_of_an_ended_task_is_not_one_of_the_next_task<H: Harness>() {
    let config = Config::new().detail(Detail::Full).live(true);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let kept = RefCell::new(Waker::noop().clone());
    let mut cx = Context::from_waker(Waker::noop());
    let instrumented = || {
        stage.runtime.named("task").instrument(poll_fn(|cx| {
            kept.replace(cx.waker().clone());
            Poll::<()>::Pending
        }))
    };
    let mut first = Box::pin(instrumented());
    assert!(first.as_mut().poll(&mut cx).is_pending());
    let late = kept.borrow().clone();
    drop(first);
    stage.time.advance(ms(1));
    let mut next = pin!(instrumented());
    assert!(next.as_mut().poll(&mut cx).is_pending());
    late.wake();
    let flight = stage.recorder.flight();
    let is_wake = |event: &FlightEvent| matches!(event.kind, FlightEventKind::Woken);
    assert!(!flight.events.iter().any(is_wake), "{:?}", flight.events);
    kept.borrow().wake_by_ref();
    assert!(stage.recorder.flight().events.iter().any(is_wake));
}

/// A task that is being polled has no event of this poll yet. The list of live tasks has it, and it is the same task.
pub fn a_running_task_is_in_the_flight_record_with_the_live_list<H: Harness>() {
    let config = Config::new().detail(Detail::Full).live(true);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let (recorder, time) = (stage.recorder.clone(), stage.time.clone());
    let mut polls = 0;
    let mut task = pin!(stage.runtime.named("task").instrument(poll_fn(move |_| {
        polls += 1;
        time.advance(ms(2));
        if polls < 2 {
            return Poll::Pending;
        }
        let flight = recorder.flight();
        let [task] = &*flight.tasks else { panic!("{:?}", flight.tasks) };
        let live = task.live.unwrap();
        assert_eq!((live.state, flight.taken - live.since), (LiveState::Running, 2_000_000));
        assert_eq!((task.ended, flight.taken - task.since), (None, 6_000_000));
        assert_eq!(flight.events.len(), 1);
        Poll::Ready(())
    })));
    let mut cx = Context::from_waker(Waker::noop());
    stage.time.advance(ms(1));
    assert!(task.as_mut().poll(&mut cx).is_pending());
    stage.time.advance(ms(1));
    assert!(task.as_mut().poll(&mut cx).is_ready());
    let flight = stage.recorder.flight();
    assert_eq!((flight.tasks.len(), flight.tasks[0].live), (1, None));
}

/// The size of the record decides how many events are kept. How many were overwritten is known.
pub fn the_flight_record_has_the_size_that_was_asked_for<H: Harness>() {
    for (bytes, kept) in [(None, 1_000), (Some(0), 1_000 % 128), (Some(64 << 10), 1_000)] {
        let config = Config::new().detail(Detail::Polls);
        let config = match bytes {
            Some(bytes) => config.flight(bytes),
            None => config,
        };
        let stage = Stage::<H>::with(ManualClock::new(), config);
        let mut task = pin!(stage.runtime.named("task").instrument(pending::<()>()));
        let mut cx = Context::from_waker(Waker::noop());
        (0..1_000).for_each(|_| assert!(task.as_mut().poll(&mut cx).is_pending()));
        let flight = stage.recorder.flight();
        if bytes != Some(64 << 10) {
            assert_eq!(flight.events.len(), kept, "{bytes:?}");
        }
        assert_eq!(flight.events.len() as u64 + flight.overwritten, 1_000, "{bytes:?}");
        assert_eq!(stage.series("task").poll.count(), 1_000);
    }
}
