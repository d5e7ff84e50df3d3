//! console-subscriber and dial9, compared with the bare runtime on one thread, in a binary that is built with `--cfg
//! tokio_unstable`, which they need. `ci/bench --full` runs it.

use clap::Parser;
use console_subscriber::ConsoleLayer;
use dial9_tokio_telemetry::telemetry::{
    Dial9HandleTokioExt, Dial9TokioHandle, MemoryBuffer, TokioAttachOptions, recorder,
};
use runtime_hooks_benches::report::{Machine, Measurement, Report, save};
use runtime_hooks_benches::{BARE, Variant, Workload, compare, interleave, work};
use tokio::runtime::{Builder, Runtime};
use tracing::Dispatch;
use tracing::dispatcher::set_default;
use tracing_subscriber::layer::SubscriberExt;

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
    let measurements = measurements.to_vec();
    save("unstable", &Report { machine: Machine::this(), rounds, measurements });
}

fn measure(rounds: usize, polls: u32) -> Vec<runtime_hooks_benches::Row> {
    let bare = Builder::new_current_thread().build().expect("a runtime");
    let watched = Builder::new_current_thread().build().expect("a runtime");
    // As in its documentation, but for this thread only. It aggregates on a separate thread; no console is connected.
    let layer = ConsoleLayer::builder().server_addr(([127, 0, 0, 1], 0)).spawn();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
    let dial9 = recorder(MemoryBuffer::new(16 << 20).expect("a buffer")).build();
    let attached = |tracks_tasks| {
        let options = TokioAttachOptions::builder().task_tracking_enabled(tracks_tasks).build();
        let attached = dial9.handle().attach_tokio_runtime(Builder::new_current_thread(), options);
        attached.expect("a runtime")
    };
    let (hooks, tracked) = (attached(false), attached(true));
    let variants = vec![
        Variant::new(BARE, |times| tasks(&bare, polls, times)),
        Variant::new("dial9, runtime hooks", |times| tasks(&hooks, polls, times)),
        Variant::new("dial9, with wakes", |times| with_wakes(&tracked, polls, times)),
        Variant::new("console-subscriber", |times| {
            let _watched = set_default(&subscriber);
            tasks(&watched, polls, times);
        }),
    ];
    compare(&interleave(rounds, 320, variants))
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
