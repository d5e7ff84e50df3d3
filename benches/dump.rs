//! What a task dump takes: `cargo bench --bench dump --features dump -- [TASKS]`.
//!
//! 10 000 tasks wait for a message each, on each runtime. Meanwhile another task gets a message every 500 us. For each
//! runtime: how long the dump takes, the processor time of the process until the text is there, how long functions are
//! looked up and the text is written, and the 99th percentile of the time from a message to the poll of the other task, before and during dumps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt;
use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_core::{
    Config, Instrumentor, LiveState, Recorder, RuntimeHooks, RuntimeHooksExt,
};
use runtime_hooks_dump::TaskDump;
use runtime_hooks_smol::Smol;
use runtime_hooks_tokio::TokioRuntime;

/// Of each measurement.
const ROUNDS: usize = 5;
/// Between two messages.
const PAUSE: Duration = Duration::from_micros(500);

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let tasks = arguments.next().map_or(10_000, |tasks| tasks.parse().expect("a number of tasks"));
    println!(
        "{tasks} tasks\nruntime     dump      cpu  text, first  text, again  p99 before  p99 during"
    );
    let tokio = TokioRuntime::multi_thread().expect("a runtime");
    measure("tokio", tokio.handle(), tasks);
    measure("smol", &Smol, tasks);
    measure("async-std", &AsyncStd, tasks);
}

fn measure<R: RuntimeHooks>(name: &str, runtime: &R, tasks: usize) {
    let recorder = Recorder::new();
    let config = Config::new().recorder(recorder.clone()).live(true);
    let runtime = runtime.clone().with_instrumentor(Instrumentor::installed(config));
    let (senders, waiting): (Vec<_>, Vec<_>) = (0..tasks)
        .map(|_| {
            let (send, receive) = oneshot::channel::<()>();
            (send, runtime.named("waits").spawn(outer(receive)))
        })
        .unzip();
    let is_idle =
        || recorder.live_iter().filter(|task| task.state == LiveState::Idle).count() == tasks;
    while !is_idle() {
        thread::yield_now();
    }
    let before = latency(&runtime, || thread::sleep(Duration::from_millis(500)));
    let mut lines = Vec::new();
    let during = latency(&runtime, || {
        for _ in 0..ROUNDS {
            let (cpu, start) = (ProcessTime::now(), Instant::now());
            let dump = TaskDump::of(&recorder);
            assert!(dump.to_string().contains("waits for: oneshot recv"), "{dump}");
            lines.push((dump.took(), cpu.elapsed(), start.elapsed().saturating_sub(dump.took())));
        }
    });
    let start = Instant::now();
    let text = lines.iter().map(|line| line.2);
    let first = text.clone().next().unwrap_or_default();
    let median = |mut all: Vec<Duration>| {
        all.sort();
        all[all.len() / 2]
    };
    println!(
        "{name:<10}{:>6.0?}{:>9.0?}{first:>13.1?}{:>13.1?}{before:>12.2?}{during:>12.2?}",
        median(lines.iter().map(|line| line.0).collect()),
        median(lines.iter().map(|line| line.1).collect()),
        median(text.collect()),
    );
    drop(senders);
    runtime.block_on(async {
        for task in waiting {
            let _ = task.await;
        }
    });
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// The 99th percentile of the time from a message to the poll of the task that gets it, while `work` runs.
fn latency<R: RuntimeHooks>(runtime: &R, work: impl FnOnce()) -> Duration {
    let (send, mut receive) = mpsc::unbounded::<Instant>();
    let other = runtime.spawn(async move {
        let mut delays = Vec::new();
        while let Some(sent) = receive.next().await {
            delays.push(sent.elapsed());
        }
        delays
    });
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let sending = thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            let _ = send.unbounded_send(Instant::now());
            thread::sleep(PAUSE);
        }
    });
    work();
    stop.store(true, Ordering::Relaxed);
    sending.join().expect("it does not panic");
    let mut delays = runtime.block_on(other).expect("it does not panic");
    delays.sort();
    delays[delays.len() * 99 / 100]
}

async fn outer(receive: oneshot::Receiver<()>) {
    inner(receive).await;
}

async fn inner(receive: oneshot::Receiver<()>) {
    let _ = receive.await;
}
