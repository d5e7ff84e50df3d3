//! How cost grows with names, threads, live tasks, series and events. `cargo bench --bench scale`.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Waker};
use std::thread;
use std::time::Instant;

use runtime_hooks_benches::Spread;
use runtime_hooks_benches::peers::discarding_metrics;
use runtime_hooks_benches::report::{BY_THREADS, Scale, save};
use runtime_hooks_core::{
    Config, Detail, Instrumentor, Kind, Outcome, Recorder, RuntimeHooksExt, WithInstrumentor,
};
use runtime_hooks_otel::MetricsBridge;
use runtime_hooks_smol::Smol;

fn main() {
    let scales =
        [names(), threads(), list(), live(), snapshot(), drain_by_series(), drain_by_events()];
    for scale in &scales {
        println!("\n{}", scale.title);
        for (name, points) in &scale.lines {
            println!("  {name}");
            for (x, y) in points {
                println!("    {x:>10} {:24} {y:12.1} {}", scale.x, scale.y);
            }
        }
    }
    save("scale", &scales);
}

fn names() -> Scale {
    let line = |detail| {
        let points = [1_usize, 10, 100, 1_000, 10_000].map(|names| {
            let (smol, _recorder) = instrumented(detail);
            let names: Vec<String> = (0..names).map(|name| format!("name {name}")).collect();
            let names: &'static [String] = names.leak();
            let round = 20_000;
            let run = || {
                for name in names.iter().cycle().take(round) {
                    once(smol.named(name.as_str()).instrument(async {}));
                }
            };
            (names.len() as f64, nanos(run) / round as f64)
        });
        points.to_vec()
    };
    Scale {
        title: "One task, by the number of names".into(),
        x: "names".into(),
        y: "ns per task".into(),
        lines: vec![("default".into(), line(Detail::Sampled)), ("full".into(), line(Detail::Full))],
    }
}

/// Processor time: with more threads than cores some threads only wait for a core. Two cores that share a unit are
/// slower than one alone, whatever they run, so the cost of a shared series is compared with threads that have one
/// recorder each.
fn threads() -> Scale {
    const EACH: u32 = 20_000;
    const MAX_ROUNDS: usize = 15;
    let round =
        |threads: usize, detail: Detail, shared: Option<&(WithInstrumentor<Smol>, Recorder)>| {
            let barrier = Barrier::new(threads);
            let took = thread::scope(|scope| {
                let each = || {
                    scope.spawn(|| {
                        let own = shared.is_none().then(|| instrumented(detail));
                        let (smol, _recorder) =
                            own.as_ref().or(shared).expect("an own or a shared recorder");
                        once(smol.instrument(async {}));
                        barrier.wait();
                        let start = cpu_time::ThreadTime::now();
                        (0..EACH).for_each(|_| once(smol.instrument(async {})));
                        start.elapsed().as_secs_f64()
                    })
                };
                let all: Vec<_> = (0..threads).map(|_| each()).collect();
                all.into_iter().map(|thread| thread.join().expect("no panic")).sum::<f64>()
            });
            took * 1e9 / (f64::from(EACH) * threads as f64)
        };
    let line = |detail: Detail, is_shared: bool| {
        let mut sizes =
            [1, 2, 8, 64, 512].map(|threads| (threads, instrumented(detail), Vec::new()));
        // In turn, so that a disturbance slows down all sizes.
        for number in 0..MAX_ROUNDS {
            for (threads, shared, took) in &mut sizes {
                if number < (64 / *threads).max(3) {
                    took.push(round(*threads, detail, is_shared.then_some(shared)));
                }
            }
        }
        let point =
            |(threads, shared, took): (usize, (WithInstrumentor<Smol>, Recorder), Vec<f64>)| {
                let recorded = took.len() as u64 * threads as u64 * u64::from(EACH + 1);
                let recorded = if is_shared { recorded } else { 0 };
                assert_eq!(shared.1.snapshot().spawned(), recorded, "no task is lost");
                (threads as f64, Spread::of(took).median)
            };
        sizes.map(point).to_vec()
    };
    Scale {
        title: BY_THREADS.into(),
        x: "threads".into(),
        y: "CPU ns per task".into(),
        lines: vec![
            ("default".into(), line(Detail::Sampled, true)),
            ("full".into(), line(Detail::Full, true)),
            ("default, a recorder each".into(), line(Detail::Sampled, false)),
            ("full, a recorder each".into(), line(Detail::Full, false)),
        ],
    }
}

fn live() -> Scale {
    let line = |config| {
        let (smol, recorder) = instrumented_with(config);
        let mut live = Vec::new();
        let points = [1_000, 10_000, 100_000, 1_000_000].map(|count: usize| {
            live.resize_with(count, || {
                let mut task = Box::pin(smol.instrument(std::future::pending::<()>()));
                assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                task
            });
            assert_eq!(recorder.snapshot().active(), count as u64);
            let run = || (0..20_000).for_each(|_| once(smol.instrument(async {})));
            (count as f64, nanos(run) / 20_000.0)
        });
        points.to_vec()
    };
    Scale {
        title: "One task, by the number of tasks that are alive".into(),
        x: "live tasks".into(),
        y: "ns per task".into(),
        lines: vec![
            ("default".into(), line(Config::new())),
            ("full".into(), line(Config::new().detail(Detail::Full))),
            ("full, + live list".into(), line(Config::new().detail(Detail::Full).live(true))),
        ],
    }
}

/// The smallest first, since the list never shrinks. Runs before [`live`], which has a million tasks.
fn list() -> Scale {
    let point = |count: usize| {
        let (smol, recorder) = instrumented_with(Config::new().live(true));
        let live: Vec<_> =
            (0..count).map(|_| smol.instrument(std::future::pending::<()>())).collect();
        let took = nanos(|| assert_eq!(black_box(recorder.live()).len(), live.len()));
        (count as f64, took / 1_000.0)
    };
    Scale {
        title: "Reading the list of live tasks, by the number of tasks".into(),
        x: "live tasks".into(),
        y: "µs per read".into(),
        lines: vec![(
            "default".into(),
            [100, 1_000, 10_000, 100_000, 1_000_000].map(point).to_vec(),
        )],
    }
}

const SERIES: [usize; 5] = [1, 10, 100, 1_000, 10_000];

fn snapshot() -> Scale {
    let line = |threads| {
        let point = |series| {
            let recorder = with_series(series, threads);
            let took = nanos(|| drop(black_box(recorder.snapshot())));
            (series as f64, took / 1_000.0)
        };
        SERIES.map(point).to_vec()
    };
    Scale {
        title: "A snapshot, by the number of series".into(),
        x: "series".into(),
        y: "µs per snapshot".into(),
        lines: vec![("one thread".into(), line(1)), ("8 threads".into(), line(8))],
    }
}

fn drain_by_series() -> Scale {
    let point = |series| {
        let recorder = with_series(series, 1);
        let drain = drained(&recorder, || record(&recorder, series, 1));
        (series as f64, drain / 1_000.0)
    };
    Scale {
        title: "A drain into OpenTelemetry, by the number of series with one event each".into(),
        x: "series".into(),
        y: "µs per drain".into(),
        lines: vec![("one thread".into(), SERIES.map(point).to_vec())],
    }
}

fn drain_by_events() -> Scale {
    let point = |events: u32| {
        let recorder = with_series(10, 1);
        let drain = drained(&recorder, || record(&recorder, 10, events / 10));
        (f64::from(events), drain / 1_000.0)
    };
    Scale {
        title: "A drain into OpenTelemetry, by the number of events in 10 series".into(),
        x: "events".into(),
        y: "µs per drain".into(),
        lines: vec![(
            "one thread".into(),
            [10, 100, 1_000, 10_000, 100_000, 1_000_000].map(point).to_vec(),
        )],
    }
}

fn instrumented(detail: Detail) -> (WithInstrumentor<Smol>, Recorder) {
    instrumented_with(Config::new().detail(detail))
}

fn instrumented_with(config: Config) -> (WithInstrumentor<Smol>, Recorder) {
    let recorder = Recorder::builder().max_names(20_000).build();
    let config = config.recorder(recorder.clone()).max_names(20_000);
    (Smol.with_instrumentor(Instrumentor::installed(config)), recorder)
}

/// Runs a task of one poll, without a runtime.
fn once(task: impl Future<Output = ()>) {
    assert!(pin!(task).poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

fn with_series(series: usize, threads: usize) -> Recorder {
    let recorder = Recorder::builder().max_names(20_000).build();
    // Concurrently, or one thread would reuse the table of another.
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                barrier.wait();
                record(&recorder, series, 20);
                barrier.wait();
            });
        }
    });
    recorder
}

/// Records `events` durations in each series, spread out as the durations of a task are.
fn record(recorder: &Recorder, series: usize, events: u32) {
    for series in 0..series {
        let name = format!("series {series}");
        for event in 0..events {
            let took = std::time::Duration::from_nanos(1_000 << (event % 8));
            recorder.record(Kind::Coroutine, name.clone(), "bench", Outcome::FINISHED, took);
        }
    }
}

/// The median of the duration of a drain in nanoseconds, each after new events.
fn drained(recorder: &Recorder, mut something: impl FnMut()) -> f64 {
    let provider = discarding_metrics();
    let bridge = MetricsBridge::builder(recorder).connect(&provider);
    bridge.drain();
    let took = Spread::of((0..9).map(|_| {
        something();
        let start = Instant::now();
        bridge.drain();
        start.elapsed().as_secs_f64() * 1e9
    }));
    bridge.stop();
    took.median
}

/// The median duration of 15 runs in nanoseconds, after one to warm up.
fn nanos(mut run: impl FnMut()) -> f64 {
    run();
    let took = (0..15).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e9
    });
    Spread::of(took).median
}
