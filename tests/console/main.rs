//! A program for tests of the console. It reads commands from standard input and prints what its recorder counted.
//!
//! `console_stage RUNTIME ADDRESS` prints the console's URL, then answers each line of input with a line of output. `play`
//! starts tasks of most kinds. `odd` starts tasks whose names have special characters. `spawn N` spawns N more tasks.
//! `crowd` starts 100 000 tasks with 1 000 names. `end` ends the running tasks. `count` prints the counts.

use std::future::pending;
use std::io::{Write, stdin, stdout};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_channel::{Receiver, Sender, unbounded};
use futures_lite::future::yield_now;
use runtime_hooks::{
    AnyRuntime, Console, Detail, JoinHandle, Outcome, Recorder, RuntimeHooksExt, Snapshot, State,
    Submission, TaskContext, TraceIds, Tracer, runtime_by_name,
};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, runtime, address] = &arguments[..] else { panic!("console_stage RUNTIME ADDRESS") };
    let runtime = runtime_by_name(runtime).unwrap();
    let config = runtime_hooks::Config::from_env().detail(Detail::Full);
    let hooks = runtime_hooks::instrument_with(config.tracer(Arc::new(TraceOfFetches)));
    // No browser resolves this name to this machine.
    let console = Console::builder().address(address.parse().unwrap()).host("console.test");
    let console = console.serve().unwrap_or_else(|error| panic!("{error}"));
    answer(&console.url());
    let mut waiting = Vec::new();
    for line in stdin().lines().map(Result::unwrap) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["play"] => waiting.extend(runtime.block_on(play(runtime.clone()))),
            ["odd"] => waiting.extend(odd(&runtime)),
            ["spawn", number] => runtime.block_on(spawn(runtime.clone(), number.parse().unwrap())),
            ["crowd"] => waiting.extend(crowd(&runtime)),
            ["end"] => waiting.drain(..).for_each(|task: JoinHandle<(), AnyRuntime>| task.abort()),
            ["count"] => {
                answer(&counts(&hooks.recorder()));
                continue;
            }
            _ => panic!("{line:?}: not one of play, odd, spawn N, crowd, end, count"),
        }
        answer("done");
    }
}

/// Each task `fetch` is in one sampled trace.
struct TraceOfFetches;

impl Tracer for TraceOfFetches {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        (submission.name() == Some("fetch")).then(|| Arc::new(InTrace) as Arc<dyn TaskContext>)
    }
}

struct InTrace;

impl TaskContext for InTrace {
    fn enter(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn trace_ids(&self) -> Option<TraceIds> {
        Some(TraceIds { trace: [0xab; 16], span: [0xcd; 8] })
    }

    fn end(&self, _: Outcome, _: Duration) {}
}

fn answer(line: &str) {
    println!("{line}");
    stdout().flush().unwrap();
}

/// No value is ever sent, but the channel stays open.
static NEVER: OnceLock<(Sender<()>, Receiver<()>)> = OnceLock::new();

/// Starts tasks of most kinds, and returns those that keep running.
async fn play(runtime: AnyRuntime) -> Vec<JoinHandle<(), AnyRuntime>> {
    spawn(runtime.clone(), 7).await;
    // The poll is slow on every machine.
    let fails = async {
        std::thread::sleep(Duration::from_millis(12));
        std::panic::panic_any(1_u8)
    };
    assert!(runtime.named("fails").spawn(fails).await.is_err());
    let aborted = runtime.named("is_aborted").spawn(pending::<()>());
    aborted.abort();
    assert!(aborted.await.is_err());
    assert!(
        runtime.named("hangs").timeout(Duration::from_millis(5), pending::<()>()).await.is_err()
    );
    runtime.named("reads").spawn_blocking(|| ()).await.unwrap();
    // The page must show this name as text.
    runtime.named("<script>alert(1)</script>").spawn(async {}).await.unwrap();
    let mut waiting: Vec<_> = (0..3).map(|_| runtime.named("waits").spawn(wait())).collect();
    let spins = runtime.named("spins").spawn(async move {
        for _ in 0..200 {
            yield_now().await;
        }
        wait().await;
    });
    waiting.push(spins);
    waiting
}

async fn wait() {
    let (_, never) = NEVER.get_or_init(unbounded);
    let _ = never.recv().await;
}

/// Starts one waiting task for each name.
fn odd(runtime: &AnyRuntime) -> Vec<JoinHandle<(), AnyRuntime>> {
    let names = ["", "a\nb\0\u{1b}[31m", "\u{202e}exe.gnp", "</script>'\"&amp;\\", "a/b?c#d%00"];
    let names = names.map(str::to_owned).into_iter().chain(["é".repeat(2_048)]);
    names.map(|name| runtime.named(name).spawn(wait())).collect()
}

/// Starts more tasks than a page can show.
fn crowd(runtime: &AnyRuntime) -> Vec<JoinHandle<(), AnyRuntime>> {
    let name = |number: usize| format!("name {:03}", number % 1_000);
    (0..100_000).map(|number| runtime.named(name(number)).spawn(wait())).collect()
}

async fn spawn(runtime: AnyRuntime, number: usize) {
    for _ in 0..number {
        runtime.named("fetch").spawn(async {}).await.unwrap();
    }
}

/// Active, spawned and ended tasks of each name and state, as JSON.
fn counts(recorder: &Recorder) -> String {
    let Snapshot { series, .. } = recorder.snapshot();
    let rows = series.iter().map(|series| {
        let key = &series.key;
        let [finished, cancelled, timeout, exception] = [State::Finished, State::Cancelled, State::Timeout, State::Exception].map(|state| series.ended_as(state));
        format!(
            "{{\"runtime\":{:?},\"type\":{:?},\"name\":{:?},\"active\":{},\"spawned\":{},\"finished\":{finished},\
             \"cancelled\":{cancelled},\"timeout\":{timeout},\"exception\":{exception}}}",
            key.runtime(),
            key.kind().as_str(),
            key.name().unwrap_or("(future)"),
            series.active(),
            series.spawned,
        )
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(","))
}
