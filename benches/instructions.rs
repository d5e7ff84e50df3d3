//! The instructions of the hot path, counted by callgrind: `ci/instructions` runs it and compares with
//! `instructions.json`. Counts do not depend on the load of the machine.

use std::future::{pending, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use runtime_hooks_benches::peers::discarding_metrics;
use runtime_hooks_benches::work;
use runtime_hooks_core::{
    Config, Detail, Instrumentor, Kind, Outcome, Recorder, RuntimeHooks, RuntimeHooksExt,
};
use runtime_hooks_otel::MetricsBridge;
use runtime_hooks_smol::{OnExecutor, Smol};
use smol::Executor;

/// Runs a case a given number of times.
type Case = fn(u32);

const CASES: &[(&str, Case)] = &[
    ("task, off", |times| task(off(), times)),
    ("task, counts", |times| task(at(Detail::Counts), times)),
    ("task, polls", |times| task(at(Detail::Polls), times)),
    ("task, default", |times| task(at(Detail::Sampled), times)),
    ("task, full", |times| task(at(Detail::Full), times)),
    ("task, full, live", |times| task(live(), times)),
    ("task of two polls, full, live", |times| waiting_task(live(), times)),
    ("poll, counts", |times| poll(at(Detail::Counts), times)),
    ("poll, default", |times| poll(at(Detail::Polls), times)),
    ("poll, full", |times| poll(at(Detail::Full), times)),
    ("poll, full, live", |times| poll(live(), times)),
    ("poll, default, flight record in use", |times| poll(in_use(Detail::Polls), times)),
    ("poll, default, no flight record", |times| poll(without(Detail::Polls), times)),
    ("task, full, flight record in use", |times| task(in_use(Detail::Full), times)),
    ("task, full, no flight record", |times| task(without(Detail::Full), times)),
    ("poll and wake, full", |times| poll_and_wake(at(Detail::Full), times)),
    ("poll and wake, full, live", |times| poll_and_wake(live(), times)),
    ("spawn and join, bare", |times| spawn(None, times)),
    ("spawn and join, off", |times| spawn(Some(off()), times)),
    ("spawn and join, default", |times| spawn(Some(at(Detail::Sampled)), times)),
    ("spawn and join, full", |times| spawn(Some(at(Detail::Full)), times)),
    ("record", record),
    ("snapshot of 100 series", snapshot),
    ("list of 100 live tasks", list),
    ("drain of 100 series", drain),
    ("drain of 100 series into OpenTelemetry", bridge),
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (case, times) = (arguments.next(), arguments.next());
    let Some(case) = case else {
        return CASES.iter().for_each(|(name, _)| println!("{name}"));
    };
    let times =
        times.and_then(|times| times.parse().ok()).expect("the number of runs after the case");
    // To compare by hand: `ci/instructions` does not set it.
    #[cfg(feature = "watchdog")]
    let _watch = std::env::var_os("WATCHED").map(|_| runtime_hooks_core::running::Watch::start());
    let (_, run) = CASES.iter().find(|(name, _)| **name == case).expect("a case from the list");
    run(times);
}

/// The counted code: everything in here, and nothing else. The script looks for this name.
#[inline(never)]
fn counted(times: u32, mut work: impl FnMut()) {
    for _ in 0..times {
        work();
    }
}

/// Warms up first, so that initialisation on first use is not counted.
fn count(times: u32, mut work: impl FnMut()) {
    (0..20).for_each(|_| work());
    counted(times, work);
}

fn off() -> Arc<Instrumentor> {
    Arc::new(Instrumentor::new())
}

fn at(detail: Detail) -> Arc<Instrumentor> {
    Instrumentor::installed(Config::new().detail(detail))
}

/// With a flight record whose memory is used already: each chunk is used anew.
fn in_use(detail: Detail) -> Arc<Instrumentor> {
    with_flight_record(detail, 64 << 10)
}

/// Without a flight record.
fn without(detail: Detail) -> Arc<Instrumentor> {
    with_flight_record(detail, 0)
}

fn with_flight_record(detail: Detail, bytes: u64) -> Arc<Instrumentor> {
    let recorder = Recorder::builder().processors(1).flight_memory(bytes).build();
    let took = Duration::from_micros(3);
    let record = || recorder.record(Kind::Coroutine, "work", "bench", Outcome::FINISHED, took);
    (0..10_000).for_each(|_| record());
    Instrumentor::installed(Config::new().detail(detail).recorder(recorder))
}

/// With the list of live tasks.
fn live() -> Arc<Instrumentor> {
    Instrumentor::installed(Config::new().detail(Detail::Full).live(true))
}

fn task(by: Arc<Instrumentor>, times: u32) {
    let smol = Smol.with_instrumentor(by);
    let cx = &mut Context::from_waker(Waker::noop());
    count(times, || {
        let task = pin!(smol.instrument(ready(1)));
        assert!(black_box(task).poll(cx).is_ready());
    });
}

/// It waits once: so its waker is kept, and it has a node.
fn waiting_task(by: Arc<Instrumentor>, times: u32) {
    let smol = Smol.with_instrumentor(by);
    let cx = &mut Context::from_waker(Waker::noop());
    count(times, || {
        let mut task = pin!(smol.instrument(work(2)));
        assert!(black_box(task.as_mut()).poll(cx).is_pending());
        assert!(black_box(task.as_mut()).poll(cx).is_ready());
    });
}

fn poll(by: Arc<Instrumentor>, times: u32) {
    let smol = Smol.with_instrumentor(by);
    let cx = &mut Context::from_waker(Waker::noop());
    let mut task = pin!(smol.instrument(pending::<()>()));
    count(times, || assert!(black_box(task.as_mut()).poll(cx).is_pending()));
}

fn poll_and_wake(by: Arc<Instrumentor>, times: u32) {
    let smol = Smol.with_instrumentor(by);
    let cx = &mut Context::from_waker(Waker::noop());
    let mut task: Pin<&mut _> = pin!(smol.instrument(work(u32::MAX)));
    count(times, || assert!(black_box(task.as_mut()).poll(cx).is_pending()));
}

/// On an `async-executor` that is ticked by hand: blocking on one would also wait for the reactor's thread. Not on
/// tokio, whose tasks are aligned to cache lines: the cost of that allocation depends on where the heap begins.
fn spawn(by: Option<Arc<Instrumentor>>, times: u32) {
    let executor = &Arc::new(Executor::new());
    match by {
        None => count(times, || joined(executor, executor.spawn(ready(1)))),
        Some(by) => {
            let smol = OnExecutor(Arc::clone(executor)).with_instrumentor(by);
            count(times, || joined(executor, smol.spawn(ready(1))));
        }
    }
}

fn joined(executor: &Executor<'_>, task: impl Future) {
    assert!(executor.try_tick());
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(pin!(task).poll(cx).is_ready());
}

fn record(times: u32) {
    let recorder = Recorder::new();
    let took = Duration::from_micros(3);
    count(times, || recorder.record(Kind::Coroutine, "work", "bench", Outcome::FINISHED, took));
}

/// A recorder of 100 series with 10 durations each.
fn hundred() -> Recorder {
    let recorder = Recorder::new();
    (0..10).for_each(|_| one_each(&recorder));
    recorder
}

fn one_each(recorder: &Recorder) {
    for series in 0..100_u32 {
        let took = Duration::from_micros(u64::from(series));
        let name = format!("series {series}");
        recorder.record(Kind::Coroutine, name, "bench", Outcome::FINISHED, took);
    }
}

fn snapshot(times: u32) {
    let recorder = hundred();
    count(times, || drop(black_box(recorder.snapshot())));
}

fn list(times: u32) {
    let smol = Smol.with_instrumentor(live());
    let waiting: Vec<_> = (0..100).map(|_| smol.instrument(pending::<()>())).collect();
    let recorder = smol.instrumentor().recorder();
    count(times, || assert_eq!(black_box(recorder.live()).len(), waiting.len()));
}

fn drain(times: u32) {
    let recorder = hundred();
    let mut cursor = recorder.cursor();
    count(times, || {
        one_each(&recorder);
        assert_eq!(black_box(cursor.drain()).1.len(), 100);
    });
}

fn bridge(times: u32) {
    let recorder = hundred();
    let bridge = MetricsBridge::builder(&recorder).connect(&discarding_metrics());
    count(times, || {
        one_each(&recorder);
        bridge.drain();
    });
    bridge.stop();
}
