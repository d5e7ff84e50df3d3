//! What instrumentation costs on current-thread tokio: ours at each level of detail beside the bare
//! runtime and tokio-metrics. `cargo bench --bench overhead`, with a number of rounds if you like.

use std::sync::Arc;

use runtime_hooks_benches::{Row, Variant, interleave, print, print_further_polls, work};
use runtime_hooks_tokio::{
    Config, Detail, Instrumentor, RuntimeHooks, RuntimeHooksExt, Tokio, TokioRuntime,
};
use tokio_metrics::TaskMonitor;

const LEVELS: [(&str, Detail); 4] = [
    ("ours: counts + duration", Detail::Counts),
    ("ours: + polls", Detail::Polls),
    ("ours: + schedule, 1 in 16 (default)", Detail::Sampled),
    ("ours: + schedule, every task", Detail::Full),
];

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    let one = measure(rounds, 1, 1);
    let eleven = measure(rounds, 11, 1);
    print("spawn and join a task of one poll, one by one", &one);
    print("spawn and join a task of 11 polls, one by one", &eleven);
    print_further_polls(&one, &eleven);
    print("spawn and join a task of one poll, in batches of 64", &measure(rounds, 1, 64));
}

/// Runs batches of tasks: spawn all, join all.
fn measure(rounds: usize, polls: u32, batch: u32) -> Vec<Row> {
    // Without I/O and time no system call stands between two polls: the hardest case.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let runtime = TokioRuntime::from(runtime);
    let tokio: &Tokio = &runtime;
    macro_rules! batches {
        ($name:expr, $spawn:expr) => {
            Variant::new($name, move |times| {
                tokio.raw_block_on(async {
                    let mut tasks = Vec::with_capacity(batch as usize);
                    for _ in 0..times / batch {
                        tasks.extend((0..batch).map(|_| $spawn));
                        for task in tasks.drain(..) {
                            task.await.expect("no panic");
                        }
                    }
                });
            })
        };
    }
    let mut variants = vec![batches!("bare tokio", tokio.handle().spawn(work(polls)))];
    let off = Arc::new(Instrumentor::new());
    let levels =
        LEVELS.map(|(name, detail)| (name, Instrumentor::installed(Config::new().detail(detail))));
    for (name, instrumentor) in [("ours: off", off)].into_iter().chain(levels) {
        let observed = tokio.observed_by(instrumentor);
        variants.push(batches!(name, observed.spawn(work(polls))));
    }
    let monitor = TaskMonitor::new();
    variants.push(batches!(
        "tokio-metrics TaskMonitor",
        tokio.handle().spawn(monitor.instrument(work(polls)))
    ));
    interleave(rounds, 1_280, variants)
}
