//! What a watchdog takes: `cargo bench --bench watchdog --features watchdog`.
//!
//! How much longer a poll takes while each thread stores what it polls, in rounds that alternate in one process; and how much
//! processor time the watchdog's thread takes, while threads poll tasks and while they do not.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use runtime_hooks_core::running::Watch;
use runtime_hooks_core::{
    Config, Detail, Instrumentor, Outcome, RuntimeHooksExt, Submission, TaskContext, TraceIds,
    Tracer,
};
use runtime_hooks_smol::Smol;
use runtime_hooks_watchdog::Watchdog;

const ROUNDS: usize = 200;
const POLLS: u32 = 10_000;

fn main() {
    let counts = || Config::new().detail(Detail::Counts);
    let traced = || Config::new().detail(Detail::Polls).tracer(Arc::new(Carries));
    println!("ns a poll                     without   watched  difference");
    compare("a poll at counts", counts(), false);
    compare("a poll at polls", Config::new().detail(Detail::Polls), false);
    compare("a poll at full, live", Config::new().detail(Detail::Full).live(true), false);
    compare("a poll with a context", traced(), false);
    compare("a nested poll at polls", Config::new().detail(Detail::Polls), true);
    println!();
    thread_cost("no thread polls", 0);
    thread_cost("8 threads poll all the time", 8);
}

/// The medians of rounds with and without a watch, and of the differences of each two.
fn compare(title: &str, config: Config, is_nested: bool) {
    let runtime = Smol.with_instrumentor(Instrumentor::installed(config));
    let ready = poll_fn(|_| Poll::<()>::Pending);
    let inner = runtime.named("polls").instrument(ready);
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    if is_nested {
        let mut task = pin!(runtime.named("outer").instrument(inner));
        measure(task.as_mut(), &mut rounds);
    } else {
        let mut task = pin!(inner);
        measure(task.as_mut(), &mut rounds);
    }
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<_> = rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let (without, watched) = (median(|round| round.0), median(|round| round.1));
    let difference = median(|round| round.1 - round.0);
    println!("{title:28} {without:8.1} {watched:9.1} {difference:11.1}");
}

fn measure(mut task: Pin<&mut impl Future>, rounds: &mut Vec<(f64, f64)>) {
    let mut round = || {
        let mut cx = Context::from_waker(Waker::noop());
        let start = Instant::now();
        for _ in 0..POLLS {
            let _ = black_box(task.as_mut().poll(&mut cx).is_pending());
        }
        start.elapsed().as_nanos() as f64 / f64::from(POLLS)
    };
    for _ in 0..ROUNDS {
        let without = round();
        let watch = Watch::start();
        let watched = round();
        drop(watch);
        rounds.push((without, watched));
    }
}

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
        Some(TraceIds { trace: [7; 16], span: [7; 8] })
    }
}

/// The processor time of the watchdog's thread, as a share of a processor.
fn thread_cost(title: &str, threads: usize) {
    let instrumentor = Instrumentor::installed(Config::new());
    let is_over = Arc::<AtomicBool>::default();
    let watchdog = Watchdog::builder().instrumentor(Arc::clone(&instrumentor)).start();
    let watchdog = watchdog.expect("a thread");
    let polling: Vec<_> = (0..threads)
        .map(|_| {
            let (is_over, instrumentor) = (Arc::clone(&is_over), Arc::clone(&instrumentor));
            thread::spawn(move || {
                let runtime = Smol.with_instrumentor(instrumentor);
                let mut task =
                    pin!(runtime.named("polls").instrument(poll_fn(|_| Poll::<()>::Pending)));
                let mut cx = Context::from_waker(Waker::noop());
                while !is_over.load(Ordering::Relaxed) {
                    let _ = task.as_mut().poll(&mut cx);
                }
            })
        })
        .collect();
    // It knows the cost of its looks by then.
    thread::sleep(Duration::from_secs(2));
    let (before, start) = (ran(), Instant::now());
    thread::sleep(Duration::from_secs(5));
    let share = ran().saturating_sub(before).as_secs_f64() / start.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    polling.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    assert!(watchdog.stop());
    println!("the watchdog's thread, {title}: {:.3} % of a processor", share * 100.0);
}

/// How long the watchdog's thread has run.
fn ran() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").expect("only on Linux").flatten();
    let mut named = threads.filter(|thread| {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        name.starts_with("runtime-hooks-w")
    });
    let thread = named.next().expect("the watchdog's thread").path();
    let text = std::fs::read_to_string(thread.join("schedstat")).expect("schedstat");
    let nanos = text.split_whitespace().next().and_then(|ran| ran.parse().ok());
    Duration::from_nanos(nanos.expect("nanoseconds"))
}
