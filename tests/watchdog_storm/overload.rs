//! More work than processors: polls take long, and no task is to blame.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_lite::future::yield_now;
use runtime_hooks::{
    AsyncStd, Config, Incident, Instrumentor, Recorder, Reporter, RuntimeHooks, RuntimeHooksExt,
    Smol, TokioRuntime, Watchdog,
};

/// Far below what a poll takes if its thread has to wait for its turn.
const THRESHOLD: Duration = Duration::from_millis(20);
/// How long the work of a poll takes.
const WORK: Duration = Duration::from_millis(1);
const TASKS: usize = 8;

#[derive(Default)]
struct Told(AtomicU64);

impl Reporter for Told {
    fn report(&self, incident: &Incident<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        println!("{incident}");
    }
}

pub(crate) fn run(lasts: Duration) {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let is_over = Arc::<AtomicBool>::default();
    let burning: Vec<_> = (0..5 * processors)
        .map(|_| {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || while !is_over.load(Ordering::Relaxed) {})
        })
        .collect();
    let (recorder, told) = (Recorder::new(), Arc::<Told>::default());
    let config = Config::new().recorder(recorder.clone()).live(true).slow_poll(THRESHOLD);
    let instrumentor =
        Instrumentor::installed(config.stall(THRESHOLD).reporter(Arc::clone(&told) as _));
    let watchdog = Watchdog::builder().instrumentor(Arc::clone(&instrumentor));
    let watchdog = watchdog.start().expect("a thread");
    let tokio = TokioRuntime::multi_thread().expect("a runtime");
    let running = [
        tasks(&tokio.handle().with_instrumentor(Arc::clone(&instrumentor)), &is_over),
        tasks(&Smol.with_instrumentor(Arc::clone(&instrumentor)), &is_over),
        tasks(&AsyncStd.with_instrumentor(instrumentor), &is_over),
    ];
    thread::sleep(lasts);
    assert!(watchdog.stop());
    is_over.store(true, Ordering::Relaxed);
    burning.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    running.into_iter().for_each(|end| end());
    let slow: u64 = recorder.series().map(|series| series.slow_polls).sum();
    let polls: u64 = recorder.series().map(|series| series.poll.count()).sum();
    let reported = told.0.load(Ordering::Relaxed);
    println!("{polls} polls, {slow} took longer than {THRESHOLD:?}, {reported} were reported");
    assert!(slow > 0, "this machine has too many processors for this test");
    assert_eq!(reported, 0);
}

/// Starts tasks with short polls. The result waits for their end.
fn tasks<R: RuntimeHooks>(runtime: &R, is_over: &Arc<AtomicBool>) -> Box<dyn FnOnce()> {
    let task = |_| {
        let is_over = Arc::clone(is_over);
        runtime.named("works").spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                work();
                yield_now().await;
            }
        })
    };
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    Box::new(move || {
        for task in tasks {
            futures_lite::future::block_on(task).expect("it does not panic");
        }
    })
}

/// Computes, on the processor, for about a millisecond.
fn work() {
    let start = Instant::now();
    let mut sum = 0_u64;
    for n in 0..200_000_u64 {
        sum = black_box(sum.wrapping_mul(31) ^ n);
        if n % 1_000 == 0 && start.elapsed() > WORK {
            break;
        }
    }
}
