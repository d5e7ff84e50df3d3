//! console-subscriber, dial9 and runtime-hooks, compared with the bare runtime on one thread, in a binary that is built
//! with `--cfg tokio_unstable`, which the first two need. `ci/bench --full` runs it.

use clap::Parser;
use console_subscriber::ConsoleLayer;
use dial9_tokio_telemetry::telemetry::{
    Dial9HandleTokioExt, Dial9TokioHandle, MemoryBuffer, TokioAttachOptions, recorder,
};
use runtime_hooks_benches::report::{Machine, Measurement, Report, save};
use runtime_hooks_benches::{
    BARE, Instrumented, Row, Samples, System, Variant, Workload, compare, interleave, work,
};
use runtime_hooks_core::{Config, Detail, Instrumentor, RuntimeHooksExt};
use runtime_hooks_tokio::Tokio;
use tokio::runtime::{Builder, Runtime};
use tracing::Dispatch;
use tracing::dispatcher::set_default;
use tracing_subscriber::layer::SubscriberExt;

/// dial9 with its events for wakes.
const DIAL9: &str = "dial9, with wakes";
/// runtime-hooks with a flight record that has all wakes.
const OURS: &str = "runtime-hooks, full";
/// What [`OURS`] may add to the bare runtime, as a share of what [`DIAL9`] adds.
const LIMIT: f64 = 0.25;

#[derive(Parser)]
struct Arguments {
    /// The number of rounds.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let Arguments { rounds, .. } = Arguments::parse();
    let workloads = [(Workload::OneByOne, 1), (Workload::OneByOne11, 11)];
    let measurements = workloads.map(|(workload, polls)| Measurement {
        runtime: "tokio, current thread".to_owned(),
        workload: workload.to_string(),
        unit: workload.unit().to_owned(),
        rows: measure(rounds, polls),
    });
    measurements.iter().for_each(|measurement| print!("{measurement}"));
    println!();
    measurements.iter().for_each(print_share);
    let measurements = measurements.to_vec();
    save("unstable", &Report { machine: Machine::this(), rounds, measurements });
}

fn measure(rounds: usize, polls: u32) -> Vec<Row> {
    let bare = Builder::new_current_thread().build().expect("a runtime");
    let mut rows = compare(&recorders(rounds, polls, &bare));
    // In rounds of its own: it takes hundreds of times as long, and its thread still runs after a variant has ended.
    rows.extend(compare(&console(rounds, polls, &bare)).into_iter().skip(1));
    rows
}

/// dial9 and runtime-hooks, interleaved.
fn recorders(rounds: usize, polls: u32, bare: &Runtime) -> Vec<Samples> {
    let dial9 = recorder(MemoryBuffer::new(16 << 20).expect("a buffer")).build();
    let attached = |tracks_tasks| {
        let options = TokioAttachOptions::builder().task_tracking_enabled(tracks_tasks).build();
        let attached = dial9.handle().attach_tokio_runtime(Builder::new_current_thread(), options);
        attached.expect("a runtime")
    };
    let instrumented = |config| {
        let runtime = Tokio::from(bare.handle().clone());
        Instrumented(runtime.with_instrumentor(Instrumentor::installed(config)))
    };
    let level = |detail| Config::new().detail(detail);
    let (hooks, tracked) = (attached(false), attached(true));
    let (default, full) = (instrumented(level(Detail::Sampled)), instrumented(level(Detail::Full)));
    let without_record = instrumented(level(Detail::Full).flight(0));
    let variants = vec![
        Variant::new(BARE, |times| tasks(bare, polls, times)),
        Variant::new("dial9, runtime hooks", |times| tasks(&hooks, polls, times)),
        Variant::new(DIAL9, |times| with_wakes(&tracked, polls, times)),
        Variant::new("runtime-hooks, default", |times| recorded(bare, &default, polls, times)),
        Variant::new(OURS, |times| recorded(bare, &full, polls, times)),
        Variant::new("runtime-hooks, full, no flight record", |times| {
            recorded(bare, &without_record, polls, times);
        }),
    ];
    interleave(rounds, 320, variants)
}

fn console(rounds: usize, polls: u32, bare: &Runtime) -> Vec<Samples> {
    let watched = Builder::new_current_thread().build().expect("a runtime");
    // As in its documentation, but for this thread only. It aggregates on a separate thread; no console is connected.
    let layer = ConsoleLayer::builder().server_addr(([127, 0, 0, 1], 0)).spawn();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
    let variants = vec![
        Variant::new(BARE, |times| tasks(bare, polls, times)),
        Variant::new("console-subscriber", |times| {
            let _watched = set_default(&subscriber);
            tasks(&watched, polls, times);
        }),
    ];
    interleave(rounds, 320, variants)
}

/// Prints what [`OURS`] adds to the bare runtime, as a share of what [`DIAL9`] adds. The quartiles divide the lower of
/// one by the upper of the other.
fn print_share(measurement: &Measurement) {
    let row = |name| measurement.row(name).expect("each workload runs all variants");
    let (ours, dial9) = (row(OURS), row(DIAL9));
    let wall = ours.over.median / dial9.over.median;
    let (low, high) = (ours.over.low / dial9.over.high, ours.over.high / dial9.over.low);
    let cpu = ours.cpu_over.median / dial9.cpu_over.median;
    let mark = if wall <= LIMIT { "met " } else { "OVER" };
    println!(
        "{mark} {}: runtime-hooks full with its record / dial9 with wakes: {wall:.3}, limit {LIMIT}, \
         quartiles {low:.3} .. {high:.3}, cpu {cpu:.3}",
        measurement.workload
    );
}

fn tasks(runtime: &Runtime, polls: u32, times: u32) {
    runtime.block_on(async {
        for _ in 0..times {
            runtime.spawn(work(polls)).await.expect("no panic");
        }
    });
}

fn with_wakes(runtime: &Runtime, polls: u32, times: u32) {
    runtime.block_on(async {
        let dial9 = Dial9TokioHandle::current();
        for _ in 0..times {
            dial9.spawn(work(polls)).await.expect("no panic");
        }
    });
}

fn recorded(runtime: &Runtime, system: &Instrumented<Tokio>, polls: u32, times: u32) {
    runtime.block_on(async {
        for _ in 0..times {
            system.spawn(work(polls)).await;
        }
    });
}
