//! The blocking pool: schedule delay and run are recorded separately.

use std::sync::{Arc, Barrier, mpsc};
use std::thread::current;
use std::time::Duration;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{Config, Kind, ManualClock, Outcome, RuntimeHooksExt};

use crate::tools::{ms, total};
use crate::{Counts, Harness, Stage};

/// A closure is one task of type `to_thread`, with one run.
pub fn a_blocking_closure_is_counted_once<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async { stage.runtime.named("work").spawn_blocking(|| ()).await }).unwrap();
    let series = stage.series("work");
    assert_eq!(series.key.kind(), Kind::Blocking);
    assert_eq!(stage.counts("work"), Counts::finished(1));
    assert_eq!((series.poll.count(), series.schedule.count()), (1, 1));
}

/// The handle returns the output.
pub fn a_blocking_closure_returns_its_output<H: Harness>() {
    let stage = Stage::<H>::new();
    let output = stage.play(async { stage.runtime.spawn_blocking(|| 6_u32 * 7).await });
    assert_eq!(output.unwrap(), 42);
}

/// A closure does not run on the thread that polls tasks.
pub fn a_blocking_closure_runs_off_the_executors_thread<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let here = current().id();
        let there = stage.runtime.spawn_blocking(move || u32::from(current().id() != here)).await;
        assert_eq!(there.unwrap(), 1);
    });
}

/// Two closures that wait for each other both end.
pub fn blocking_closures_run_in_parallel<H: Harness>() {
    let stage = Stage::<H>::new();
    let barrier = Arc::new(Barrier::new(2));
    stage.play(async {
        let meet = || {
            let barrier = Arc::clone(&barrier);
            stage.runtime.named("meet").spawn_blocking(move || {
                let _ = barrier.wait();
            })
        };
        let (a, b) = (meet(), meet());
        a.await.unwrap();
        b.await.unwrap();
    });
    assert_eq!(stage.counts("meet"), Counts::finished(2));
}

/// A closure that waits for a task on the same runtime gets what it waits for.
pub fn a_blocking_closure_does_not_block_the_executor<H: Harness>() {
    let stage = Stage::<H>::new();
    let (send, receive) = mpsc::channel();
    stage.play(async {
        let blocks = stage.runtime.spawn_blocking(move || receive.recv().unwrap());
        stage.runtime.named("sends").spawn(async move { send.send(3_u32).unwrap() }).await.unwrap();
        assert_eq!(blocks.await.unwrap(), 3);
    });
}

/// An abort changes nothing for a closure that runs: the handle waits for it, and has its output.
pub fn a_running_closure_is_not_aborted<H: Harness>() {
    let stage = Stage::<H>::new();
    let (has_started, started) = oneshot::channel();
    let (go_on, waits) = mpsc::channel();
    stage.play(async {
        let task = stage.runtime.named("runs").spawn_blocking(move || {
            has_started.send(()).unwrap();
            waits.recv().unwrap()
        });
        started.await.unwrap();
        task.abort();
        assert!(!task.is_finished());
        go_on.send(5_u32).unwrap();
        assert_eq!(task.await.unwrap(), 5);
    });
    assert_eq!(stage.counts("runs"), Counts::finished(1));
}

/// On a clock that moves a microsecond at each reading: at the submission, the start and the end.
pub fn the_schedule_delay_of_a_closure_is_not_part_of_its_run<H: Harness>() {
    let stage = Stage::<H>::stepping();
    stage.play(async { stage.runtime.named("work").spawn_blocking(|| ()).await }).unwrap();
    let series = stage.series("work");
    let micros = |count| (1, Duration::from_micros(count));
    assert_eq!((total(&series.schedule), total(&series.poll)), (micros(1), micros(1)));
    assert_eq!(total(&series.duration()), micros(2));
}

/// A closure of 6 ms is one poll of 6 ms.
pub fn a_blocking_closure_is_one_poll_as_long_as_it_runs<H: Harness>() {
    let stage = Stage::<H>::new();
    let time = stage.time.clone();
    let task = stage.runtime.named("work").spawn_blocking(move || time.advance(ms(6)));
    stage.play(task).unwrap();
    let series = stage.series("work");
    assert_eq!(total(&series.poll), (1, ms(6)));
    assert_eq!(total(&series.duration()), (1, ms(6)));
}

/// The run of a closure is no slow poll, however long it is: it occupies no worker.
pub fn the_run_of_a_closure_is_no_slow_poll<H: Harness>() {
    let stage = Stage::<H>::with(ManualClock::new(), Config::new().slow_poll(ms(10)));
    let time = stage.time.clone();
    let task = stage.runtime.named("work").spawn_blocking(move || time.advance(ms(11)));
    stage.play(task).unwrap();
    let series = stage.series("work");
    assert_eq!((total(&series.poll), series.slow_polls), ((1, ms(11)), 0));
}

/// A panic comes back from the handle, and the pool works on.
pub fn a_closure_that_panics_is_an_exception<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        let task = stage.runtime.named("panics").spawn_blocking(|| std::panic::panic_any(5_u8));
        let payload = task.await.unwrap_err().try_into_panic().unwrap();
        assert_eq!(payload.downcast_ref::<u8>(), Some(&5));
        stage.runtime.named("next").spawn_blocking(|| ()).await.unwrap();
    });
    assert_eq!(stage.counts("panics"), Counts::exception(1));
    let outcomes: Vec<_> = stage.series("panics").ended.into_iter().map(|(o, _)| o).collect();
    assert_eq!(outcomes, [Outcome::PANIC]);
}

/// Dropping the handle detaches the closure.
pub fn a_closure_continues_when_its_handle_is_dropped<H: Harness>() {
    let stage = Stage::<H>::new();
    let ((open, gate), (done, ended)) = (mpsc::channel(), oneshot::channel());
    stage.play(async {
        drop(stage.runtime.named("detached").spawn_blocking(move || {
            gate.recv().unwrap();
            done.send(()).unwrap();
        }));
        open.send(()).unwrap();
        ended.await.unwrap();
        while stage.counts("detached").active > 0 {
            yield_now().await;
        }
    });
    assert_eq!(stage.counts("detached"), Counts::finished(1));
}

/// From the pool, tasks can be spawned.
pub fn a_blocking_closure_can_spawn_tasks<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    stage.play(async {
        let (hand_over, task) = oneshot::channel();
        let closure = stage.runtime.named("closure").spawn_blocking(move || {
            let task = runtime.named("task").spawn(async { 8_u32 });
            assert!(hand_over.send(task).is_ok());
        });
        closure.await.unwrap();
        assert_eq!(task.await.unwrap().await.unwrap(), 8);
    });
    assert_eq!(stage.counts("task"), Counts::finished(1));
}

/// A function with some of its arguments given, as Python's `partial`: a closure, named after the
/// function it is in.
pub fn a_closure_with_bound_arguments_is_named_after_the_enclosing_function<H: Harness>() {
    fn add(a: u32, b: u32) -> u32 {
        a + b
    }
    fn partial(a: u32) -> impl FnOnce() -> u32 + Send {
        move || add(a, 4)
    }
    let stage = Stage::<H>::new();
    assert_eq!(stage.play(stage.runtime.spawn_blocking(partial(3))).unwrap(), 7);
    assert_eq!(stage.counts("partial"), Counts::finished(1));
}

/// A closure that some other thread runs: submitted where it is instrumented, run where it is run.
pub fn an_instrumented_closure_is_recorded_on_any_thread<H: Harness>() {
    let stage = Stage::<H>::new();
    let time = stage.time.clone();
    let work = stage.runtime.named("work").instrument_blocking(move || {
        time.advance(ms(3));
        5
    });
    stage.time.advance(ms(2));
    assert_eq!(std::thread::spawn(work).join().unwrap(), 5);
    let series = stage.series("work");
    assert_eq!(series.key.kind(), Kind::Blocking);
    assert_eq!(total(&series.schedule), (1, ms(2)));
    assert_eq!(total(&series.poll), (1, ms(3)));
    drop(stage.runtime.named("unrun").instrument_blocking(|| ()));
    assert_eq!(stage.counts("unrun"), Counts::cancelled(1));
}
