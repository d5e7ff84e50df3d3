//! A shutdown ends our threads. Each test runs in a separate process and counts its threads by name.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use runtime_hooks::{
    AsyncStd, Instrumentation, RuntimeGauges, RuntimeHooks, RuntimeHooksExt, Smol, TokioRuntime,
};
use runtime_hooks_tests::total;

/// A limit that is not reached.
const LONG: Duration = Duration::from_secs(60);

/// Runs an ignored test of this file in a separate process, with a console at a free address.
fn run(test: &str) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("OTEL_RUST_ASYNCIO_CONSOLE", free.to_string())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{stderr}");
    assert!(String::from_utf8_lossy(&ended.stdout).contains("ok. 1 passed"), "there is no {test}");
}

/// The process's threads by name. Linux keeps 15 characters of a name.
fn threads() -> BTreeMap<String, usize> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        // A thread that has just ended has no name.
        if let Ok(name) = fs::read_to_string(task.unwrap().path().join("comm")) {
            *threads.entry(name.trim().to_owned()).or_default() += 1;
        }
    }
    threads
}

/// The names of the threads of the bridge and of the console.
const OURS: [&str; 2] = ["runtime-hooks-d", "runtime-hooks-c"];

/// The threads once the condition holds. The kernel lists a thread for a moment after it can be joined, and a new thread
/// has no name at first.
fn threads_when(is_so: impl Fn(&BTreeMap<String, usize>) -> bool) -> BTreeMap<String, usize> {
    let start = Instant::now();
    loop {
        let threads = threads();
        if is_so(&threads) {
            return threads;
        }
        assert!(start.elapsed() < LONG, "{threads:?}");
        thread::yield_now();
    }
}

fn is_there(threads: &BTreeMap<String, usize>, name: &str, times: usize) -> bool {
    threads.get(name).copied().unwrap_or(0) == times
}

/// Asserts that there are these threads besides `before`, and no others.
fn assert_threads(before: &BTreeMap<String, usize>, ours: [usize; 2]) {
    let mut expected = before.clone();
    let ours = OURS.into_iter().zip(ours).filter(|(_, count)| *count > 0);
    expected.extend(ours.map(|(name, count)| (name.to_owned(), count)));
    threads_when(|threads| *threads == expected);
}

fn pipeline() -> (SdkMeterProvider, InMemoryMetricExporter) {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    opentelemetry::global::set_meter_provider(provider.clone());
    (provider, exporter)
}

/// The metric's value in the last export, summed over all series.
fn exported(exporter: &InMemoryMetricExporter, name: &str) -> u64 {
    let exports = exporter.get_finished_metrics().unwrap();
    total(exports.last().expect("an export"), name)
}

/// Whether the console that the environment starts answers.
fn is_served() -> bool {
    let address = std::env::var("OTEL_RUST_ASYNCIO_CONSOLE").unwrap();
    let Ok(mut console) = TcpStream::connect(&address) else { return false };
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    console.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    console.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200 OK")
}

#[test]
fn every_thread_of_ours_is_gone_after_a_shutdown_and_back_after_another_start() {
    run("counts_its_threads");
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn counts_its_threads() {
    let (provider, exporter) = pipeline();
    Smol.block_on(async {});
    let before = threads_when(|threads| {
        is_there(threads, "OpenTelemetry.M", 1) && is_there(threads, "async-io", 1)
    });
    let hooks = runtime_hooks::instrument();
    assert!(hooks.is_first());
    assert_threads(&before, [1, 2]);
    assert!(is_served());
    // The console answers on the threads that it started with.
    assert_threads(&before, [1, 2]);
    Smol.block_on(async {});
    assert_eq!(hooks.shutdown(), Ok(()));
    assert_threads(&before, [0, 0]);
    assert!(!is_served());
    provider.force_flush().unwrap();
    assert_eq!(exported(&exporter, "asyncio.process.count"), 1);
    assert_eq!(exported(&exporter, "asyncio.process.duration"), 1);

    // A second shutdown changes nothing, and nothing is recorded.
    assert_eq!(hooks.shutdown(), Ok(()));
    Smol.block_on(async {});
    assert_threads(&before, [0, 0]);
    assert_eq!(hooks.snapshot().spawned(), 1);

    // Starts again, with the current provider. Then several threads shut down at once.
    let (other, exported_there) = pipeline();
    let before = threads_when(|threads| is_there(threads, "OpenTelemetry.M", 2));
    let again = runtime_hooks::instrument();
    assert!(again.is_first());
    assert_threads(&before, [1, 2]);
    assert!(is_served());
    Smol.block_on(async {});
    thread::scope(|scope| {
        let at_once = [(); 4].map(|()| scope.spawn(|| again.shutdown()));
        at_once.into_iter().for_each(|done| assert_eq!(done.join().unwrap(), Ok(())));
    });
    assert_threads(&before, [0, 0]);
    assert!(!is_served());
    other.shutdown().unwrap();
    assert_eq!(exported(&exported_there, "asyncio.process.count"), 2);
    assert_eq!(exported(&exported_there, "asyncio.process.duration"), 1);
}

#[test]
fn in_the_middle_of_load_a_task_of_any_runtime_shuts_down_and_all_is_exported() {
    for runtime in 0..4 {
        run(&format!("shuts_down_from_a_task_{runtime}"));
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn shuts_down_from_a_task_0() {
    shuts_down_from_a_task(TokioRuntime::multi_thread().unwrap().handle());
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn shuts_down_from_a_task_1() {
    shuts_down_from_a_task(TokioRuntime::current_thread().unwrap().handle());
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn shuts_down_from_a_task_2() {
    shuts_down_from_a_task(&Smol);
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn shuts_down_from_a_task_3() {
    shuts_down_from_a_task(&AsyncStd);
}

fn shuts_down_from_a_task<R: RuntimeHooks>(runtime: &R) {
    let (provider, exporter) = pipeline();
    let hooks = runtime_hooks::instrument();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    runtime.raw_block_on(async {
                        runtime.spawn(async {}).await.unwrap();
                        runtime.spawn_blocking(|| ()).await.unwrap();
                    });
                }
            });
        }
        while hooks.snapshot().spawned() < 1_000 {
            thread::yield_now();
        }
        let inner = hooks.clone();
        let from_within = runtime.spawn(async move { [inner.shutdown(), inner.shutdown()] });
        assert_eq!(runtime.raw_block_on(from_within).unwrap(), [Ok(()), Ok(())]);
        threads_when(|threads| OURS.iter().all(|name| is_there(threads, name, 0)));
        assert!(!is_served());
        is_over.store(true, Ordering::Relaxed);
    });
    // The tasks that were running have ended since, and the export has them.
    let snapshot = hooks.snapshot();
    assert_eq!(snapshot.active(), 0);
    provider.shutdown().unwrap();
    assert_eq!(exported(&exporter, "asyncio.process.count"), snapshot.spawned());
    assert_eq!(exported(&exporter, "asyncio.process.duration"), snapshot.spawned());
}

#[test]
fn a_panic_hook_may_shut_down_whatever_panics() {
    run("panics_in_a_drain");
}

/// The drain panics, so the hook runs on the thread that the shutdown waits for.
#[test]
#[ignore = "run by the test above in a separate process"]
fn panics_in_a_drain() {
    static SAY: Mutex<Option<Sender<Vec<&'static str>>>> = Mutex::new(None);
    let (say, said) = channel();
    *SAY.lock().unwrap() = Some(say);
    let (provider, exporter) = pipeline();
    let hooks = runtime_hooks::instrument();
    let inner = hooks.clone();
    panic::set_hook(Box::new(move |_| {
        let ended = inner.shutdown_within(LONG);
        let threads = ended.map_or_else(|error| error.threads().to_vec(), |()| Vec::new());
        if let Some(say) = SAY.lock().unwrap().take() {
            say.send(threads).unwrap();
        }
    }));
    let watch = hooks.recorder().watch("x", || {
        assert_ne!(thread::current().name(), Some("runtime-hooks-drain"), "gauges that panic");
        RuntimeGauges::default()
    });
    // The shutdown does not wait for its own thread. The console has stopped.
    assert_eq!(said.recv().unwrap(), ["runtime-hooks-drain"]);
    assert!(!is_served());
    drop(watch);
    drop(panic::take_hook());
    assert_eq!(hooks.shutdown(), Ok(()));
    provider.shutdown().unwrap();
    drop(exporter);
}

#[test]
fn a_pipeline_that_hangs_is_waited_for_until_the_limit_and_named() {
    run("hangs_in_a_drain");
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn hangs_in_a_drain() {
    let (provider, exporter) = pipeline();
    let hooks = runtime_hooks::instrument();
    let (is_asked, asked) = channel();
    let (go_on, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let watch = hooks.recorder().watch("x", move || {
        if thread::current().name() == Some("runtime-hooks-drain") {
            let _ = is_asked.send(());
            let _ = hang.lock().unwrap().recv();
        }
        RuntimeGauges::default()
    });
    Smol.block_on(async {});
    asked.recv().unwrap();
    let limit = Duration::from_millis(50);
    let start = Instant::now();
    let error = hooks.shutdown_within(limit).unwrap_err();
    assert!(start.elapsed() >= limit);
    assert_eq!(error.threads(), ["runtime-hooks-drain"]);
    assert!(!error.is_replayed());
    assert_eq!(
        error.to_string(),
        "runtime-hooks did not shut down within 50ms: still running: runtime-hooks-drain; call shutdown again to wait longer"
    );
    assert!(!is_served(), "the console is gone all the same");
    drop(go_on);
    assert_eq!(hooks.shutdown(), Ok(()));
    drop(watch);
    provider.shutdown().unwrap();
    assert_eq!(exported(&exporter, "asyncio.process.duration"), 1);
}

#[test]
fn a_thread_that_ends_may_shut_down_from_its_thread_locals() {
    run("shuts_down_from_a_thread_local");
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn shuts_down_from_a_thread_local() {
    struct AtEnd(Instrumentation, Sender<bool>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            self.1.send(self.0.shutdown().is_ok()).unwrap();
        }
    }
    thread_local!(static AT_END: std::cell::OnceCell<AtEnd> = const { std::cell::OnceCell::new() });
    Smol.block_on(async {});
    let before = threads_when(|threads| is_there(threads, "async-io", 1));
    let (say, said) = channel();
    let thread = thread::spawn(move || {
        AT_END.with(|at_end| at_end.set(AtEnd(runtime_hooks::instrument(), say)).ok().unwrap());
        Smol.block_on(async {});
    });
    thread.join().unwrap();
    assert!(said.recv().unwrap());
    assert_threads(&before, [0, 0]);
}
