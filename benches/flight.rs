//! What the flight record costs: tasks with the record and without it, and its reading and writing.
//!
//! `cargo bench --bench flight -- [ROUNDS]`

use std::time::{Duration, Instant};

use runtime_hooks_core::{Config, Detail, Instrumentor, Kind, Outcome, Recorder, RuntimeHooksExt};
use runtime_hooks_flight::{FlightFormat, FlightRecord};
use runtime_hooks_tokio::Tokio;

/// The variants: without a record, and with one of this size.
const SIZES: [u64; 4] = [0, 1 << 20, 8 << 20, 64 << 20];
const TASKS: usize = 2_048;

#[derive(Clone, Copy)]
enum Work {
    OneByOne,
    Batches,
    ElevenPolls,
    PingPong,
}

const WORK: [(Work, &str); 4] = [
    (Work::OneByOne, "a task of one poll, one by one"),
    (Work::Batches, "a task of one poll, in batches of 64"),
    (Work::ElevenPolls, "a task of 11 polls, in batches of 64"),
    (Work::PingPong, "a message between two tasks"),
];

fn main() {
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(60);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let handle = Tokio::from(runtime.handle().clone());
    for detail in [Detail::Sampled, Detail::Full] {
        println!(
            "{detail:?}: nanoseconds above the same without a flight record, median (quartiles)"
        );
        for (work, name) in WORK {
            let recorders = SIZES.map(full);
            let mut times: [Vec<f64>; SIZES.len()] = Default::default();
            for round in 0..rounds {
                for turn in 0..SIZES.len() {
                    let of = (round + turn) % SIZES.len();
                    let config = Config::new().detail(detail).recorder(recorders[of].clone());
                    Instrumentor::global().uninstall();
                    let _ = Instrumentor::global().install(config);
                    times[of].push(runtime.block_on(run(&handle, work)));
                }
            }
            print!("  {name}:");
            for (size, of) in SIZES.iter().zip(&times).skip(1) {
                let mut above: Vec<_> = of.iter().zip(&times[0]).map(|(a, b)| a - b).collect();
                above.sort_by(f64::total_cmp);
                let at = |share: usize| above[above.len() * share / 4];
                print!("  {} MiB {:+.0} ({:+.0} .. {:+.0})", size >> 20, at(2), at(1), at(3));
            }
            println!();
        }
    }
    Instrumentor::global().uninstall();
    read_and_write(&runtime, &handle);
}

/// A recorder whose memory for the record is used already: before, each chunk is new memory.
fn full(size: u64) -> Recorder {
    let recorder = Recorder::builder().flight_memory(size).build();
    for _ in 0..=size / 32 {
        recorder.record(Kind::Coroutine, "before", "bench", Outcome::FINISHED, Duration::ZERO);
    }
    recorder
}

/// Nanoseconds a task, or a message.
async fn run(runtime: &Tokio, work: Work) -> f64 {
    let start = Instant::now();
    match work {
        Work::OneByOne => {
            for _ in 0..TASKS {
                runtime.spawn(async {}).await.expect("no panic");
            }
        }
        Work::Batches => batches(runtime, 0).await,
        Work::ElevenPolls => batches(runtime, 10).await,
        Work::PingPong => {
            let (to, mut from_here) = tokio::sync::mpsc::channel::<()>(1);
            let (back, mut answers) = tokio::sync::mpsc::channel::<()>(1);
            let echo = runtime.spawn(async move {
                while from_here.recv().await.is_some() {
                    let _ = back.send(()).await;
                }
            });
            let messages = runtime.spawn(async move {
                for _ in 0..TASKS / 2 {
                    let _ = to.send(()).await;
                    let _ = answers.recv().await;
                }
            });
            messages.await.expect("no panic");
            echo.await.expect("no panic");
        }
    }
    start.elapsed().as_nanos() as f64 / TASKS as f64
}

async fn batches(runtime: &Tokio, yields: usize) {
    for _ in 0..TASKS / 64 {
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                runtime.spawn(async move {
                    for _ in 0..yields {
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    }
}

fn read_and_write(runtime: &tokio::runtime::Runtime, handle: &Tokio) {
    let recorder = Recorder::builder().flight_memory(64 << 20).build();
    let config = Config::new().detail(Detail::Full).recorder(recorder.clone());
    let _ = Instrumentor::global().install(config);
    for _ in 0..30 {
        runtime.block_on(run(handle, Work::ElevenPolls));
    }
    Instrumentor::global().uninstall();
    let timed = |what: &str, work: &mut dyn FnMut() -> usize| {
        let mut size = 0;
        let mut times: Vec<Duration> = (0..5)
            .map(|_| {
                let start = Instant::now();
                size = work();
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        (what.to_owned(), times[2], size)
    };
    let record = FlightRecord::of(&recorder);
    let events = record.events.len();
    println!("a record of {events} events, {} tasks:", record.tasks.len());
    for (what, time, bytes) in [
        timed("read", &mut || recorder.flight().events.len() * 32),
        timed("Perfetto", &mut || record.to_bytes(FlightFormat::Perfetto).len()),
        timed("Firefox", &mut || record.to_bytes(FlightFormat::Firefox).len()),
    ] {
        let each = time.as_nanos() as f64 / events as f64;
        println!("  {what}: {time:.1?}, {each:.0} ns and {} bytes an event", bytes / events);
    }
}
