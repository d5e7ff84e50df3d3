//! Several recorders, and threads that start and end.

use std::cell::RefCell;
use std::future::pending;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures_channel::oneshot;
use futures_lite::future::yield_now;
use runtime_hooks_core::{
    Config, Instrumentor, Kind, Outcome, Recorder, RuntimeHooks, RuntimeHooksExt, State,
};

use crate::tools::ms;
use crate::{Counts, Harness, Stage};

async fn job() -> u32 {
    yield_now().await;
    1
}

/// One runtime has two instrumentors. Each recorder has only the tasks of its own instrumentor.
pub fn two_recorders_do_not_mix<H: Harness>() {
    let stage = Stage::<H>::new();
    let other = Recorder::new();
    let instrumentor = Instrumentor::installed(Config::new().recorder(other.clone()));
    let instrumented = stage.runtime.with_instrumentor(instrumentor);
    stage.play(async {
        stage.runtime.spawn(job()).await.unwrap();
        for _ in 0..2 {
            instrumented.spawn(job()).await.unwrap();
        }
    });
    assert_eq!(stage.counts("job"), Counts::finished(1));
    assert_eq!(other.snapshot().find("job").unwrap().ended(), 2);
}

/// 64 threads, four at a time, submit to the same series. No count is lost.
pub fn no_count_is_lost_when_threads_come_and_go<H: Harness>() {
    let stage = Stage::<H>::new();
    for _ in 0..16 {
        let four = [(); 4].map(|()| {
            let runtime = stage.runtime.clone();
            thread::spawn(move || (0..10).map(|_| runtime.spawn(job())).collect::<Vec<_>>())
        });
        for thread in four {
            for task in thread.join().unwrap() {
                stage.play(task).unwrap();
            }
        }
    }
    assert_eq!(stage.counts("job"), Counts::finished(640));
}

/// A task that an ending thread drops after it has destroyed the recorder's thread-local is counted.
pub fn a_task_dropped_by_an_ending_thread_is_counted<H: Harness>() {
    type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
    thread_local! {
        static KEPT: RefCell<Option<Boxed>> = const { RefCell::new(None) };
    }
    let stage = Stage::<H>::new();
    let runtime = stage.runtime.clone();
    let thread = thread::spawn(move || {
        // This thread-local is initialized before the recorder's, so it is destroyed after it.
        KEPT.with_borrow_mut(|kept| {
            *kept = Some(Box::pin(runtime.named("kept").instrument(pending::<()>())));
        });
    });
    thread.join().unwrap();
    assert_eq!(stage.counts("kept"), Counts::cancelled(1));
}

/// A task whose recorder was dropped runs and ends normally.
pub fn a_recorder_can_be_dropped_before_its_tasks<H: Harness>() {
    let stage = Stage::<H>::new();
    let (open, gate) = oneshot::channel::<u32>();
    let dropped = Instrumentor::installed(Config::new());
    let task = stage.runtime.with_instrumentor(dropped).spawn(async { gate.await.unwrap() });
    open.send(5).unwrap();
    assert_eq!(stage.play(task).unwrap(), 5);
    assert_eq!(stage.snapshot().series, []);
}

/// Snapshots that are taken while tasks start and end on other threads never have more ends than starts.
pub fn active_tasks_are_never_below_zero<H: Harness>() {
    let stage = Stage::<H>::new();
    let (recorder, done) = (stage.recorder.clone(), AtomicBool::new(false));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                for series in recorder.snapshot().series {
                    assert!(series.ended() <= series.spawned);
                    assert!(series.ended() >= last, "an end was taken back");
                    last = series.ended();
                }
            }
        });
        stage.play(async {
            for _ in 0..2_000 {
                stage.runtime.spawn(job()).await.unwrap();
            }
        });
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(stage.counts("job"), Counts::finished(2_000));
}

/// One name on two runtimes is two series. `find` returns neither of them, `find_all` returns both.
pub fn each_runtime_has_series_of_its_own<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.named("job").spawn(job())).unwrap();
    assert_eq!(stage.snapshot().find("job").unwrap().key.runtime(), stage.runtime.name());
    stage.recorder.record(Kind::Coroutine, "job", "elsewhere", Outcome::TIMEOUT, ms(1));
    let snapshot = stage.snapshot();
    assert_eq!((snapshot.find("job"), snapshot.find("jobs")), (None, None));
    let found: Vec<_> = snapshot.find_all("job").collect();
    let runtimes: Vec<_> = found.iter().map(|series| series.key.runtime()).collect();
    assert_eq!(runtimes, [stage.runtime.name(), "elsewhere"]);
    let ended = |state| found.iter().map(|series| series.ended_as(state)).collect::<Vec<_>>();
    assert_eq!((ended(State::Finished), ended(State::Timeout)), (vec![1, 0], vec![0, 1]));
}

/// Work that no hook sees can be recorded by hand after its end, with any outcome.
pub fn work_can_be_recorded_by_hand<H: Harness>() {
    let stage = Stage::<H>::new();
    let name = stage.runtime.name();
    for outcome in [Outcome::FINISHED, Outcome::TIMEOUT, Outcome::exception("Lost")] {
        stage.recorder.record(Kind::Blocking, "by hand", name, outcome, ms(2));
    }
    stage.play(stage.runtime.named("by hand").spawn_blocking(|| ())).unwrap();
    let series = stage.series("by hand");
    assert_eq!((stage.snapshot().series.len(), series.duration().sum()), (1, ms(6)));
    let counts = Counts { spawned: 4, finished: 2, timeout: 1, exception: 1, ..Counts::NONE };
    assert_eq!(stage.counts("by hand"), counts);
}
