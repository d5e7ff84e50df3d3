//! Forks without exec under load, with a bridge and a console. The child neither serves nor exports for its parent, does
//! not hang, and can start its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, exit};
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::Duration;

use fork::{Fork, fork, waitpid};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
};
use runtime_hooks::{
    AsyncStd, Console, Instrumentation, MetricsBridge, RuntimeHooks, RuntimeHooksExt, Smol,
    TokioRuntime, runtime_by_name,
};
use runtime_hooks_tests::total;

use crate::instrumented;

/// The number of forks of each program.
const FORKS: usize = 10;

#[test]
fn a_child_neither_serves_nor_exports_for_its_parent_and_can_start_anew() {
    for runtime in ["multi_thread", "current_thread", "smol", "async_std"] {
        let test = format!("forks::in_the_middle_of_load_on_{runtime}");
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{runtime}: {stderr}");
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn in_the_middle_of_load_on_multi_thread() {
    in_the_middle_of_load(TokioRuntime::multi_thread().unwrap().handle());
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn in_the_middle_of_load_on_current_thread() {
    in_the_middle_of_load(TokioRuntime::current_thread().unwrap().handle());
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn in_the_middle_of_load_on_smol() {
    in_the_middle_of_load(&Smol);
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn in_the_middle_of_load_on_async_std() {
    in_the_middle_of_load(&AsyncStd);
}

fn in_the_middle_of_load<R: RuntimeHooks>(runtime: &R) {
    let reader = Shared::default();
    let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    opentelemetry::global::set_meter_provider(provider.clone());
    let parent = Parent {
        hooks: runtime_hooks::instrument(),
        console: Console::builder().address("127.0.0.1:0".parse().unwrap()).serve().unwrap(),
        reader,
        _provider: provider,
    };
    parent.hooks.export_lints(&parent.console);
    runtime_by_name("tokio").unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut nth = 0_u64;
                while !is_over.load(Ordering::Relaxed) {
                    nth += 1;
                    // New names take locks too.
                    runtime.raw_block_on(async {
                        runtime
                            .named(format!("job {}", nth % 1_000))
                            .spawn(async {})
                            .await
                            .unwrap();
                    });
                }
            });
        }
        while parent.hooks.snapshot().spawned() < 1_000 {
            thread::yield_now();
        }
        let codes = [(); FORKS].map(|()| match fork().unwrap() {
            Fork::Child => exit(parent.in_the_child()),
            // The exit code is in the upper bits. It is the number of the step that failed.
            Fork::Parent(child) => waitpid(child).unwrap() >> 8,
        });
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(codes, [0; FORKS]);
    });
    // The parent is unaffected.
    let snapshot = parent.hooks.snapshot();
    assert_eq!(snapshot.active(), 0);
    assert!(snapshot.find("in the child").is_none());
    assert_eq!(parent.reader.total("asyncio.process.count"), snapshot.spawned());
    assert_eq!(parent.reader.total("asyncio.process.duration"), snapshot.spawned());
    assert!(is_served(parent.console.address()));
    assert_eq!(parent.hooks.shutdown(), Ok(()));
    assert!(parent.console.stop());
}

struct Parent {
    hooks: Instrumentation,
    console: Console,
    reader: Shared,
    /// If it were dropped, it would shut its reader down.
    _provider: SdkMeterProvider,
}

impl Parent {
    /// Returns the number of the first step that fails, for the exit code. A panic has an exit code too.
    fn in_the_child(&self) -> i32 {
        let steps: [fn(&Self) -> bool; 4] =
            [Self::records, Self::shuts_down, |_| Self::starts_anew(), |_| Self::runs()];
        // A child that hangs fails too, with the number of the step.
        let at = Arc::new(AtomicI32::new(0));
        let now_at = Arc::clone(&at);
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(60));
            exit(100 + now_at.load(Ordering::Relaxed));
        });
        let failed = steps.iter().position(|step| {
            at.fetch_add(1, Ordering::Relaxed);
            !step(self)
        });
        failed.map_or(0, |at| i32::try_from(at).unwrap() + 1)
    }

    /// The child continues with the parent's counts, unless the list of series was locked at the fork. Then it has none.
    fn records(&self) -> bool {
        smol::block_on(Smol.named("in the child").instrument(async {}));
        let snapshot = self.hooks.snapshot();
        let own = snapshot.find("in the child").map(|series| series.spawned);
        (own == Some(1) && snapshot.spawned() >= 1_000) || snapshot.series.is_empty()
    }

    fn shuts_down(&self) -> bool {
        let (address, stops) = (self.console.address(), self.console.stop());
        // The parent continues to serve.
        let has_found = !self.console.lint_seconds().is_empty();
        stops && !has_found && self.hooks.shutdown() == Ok(()) && is_served(address)
    }

    /// The child can start a recorder, whose counts start at 0, a pipeline and a console.
    fn starts_anew() -> bool {
        let exporter = InMemoryMetricExporter::default();
        let own = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
        opentelemetry::global::set_meter_provider(own.clone());
        let hooks = runtime_hooks::instrument();
        let console = Console::builder().address("127.0.0.1:0".parse().unwrap()).serve().unwrap();
        let is_new = hooks.is_first() && hooks.snapshot().spawned() == 0;
        for _ in 0..7 {
            smol::block_on(Smol.named("in the child").instrument(async {}));
        }
        let serves = is_served(console.address());
        let stops = hooks.shutdown() == Ok(()) && console.stop();
        own.force_flush().unwrap();
        let exports = exporter.get_finished_metrics().unwrap();
        let last = exports.last().unwrap();
        let counted = ["asyncio.process.count", "asyncio.process.duration"].map(|n| total(last, n));
        is_new && serves && stops && counted == [7, 7]
    }

    /// The child can start a runtime with new threads.
    fn runs() -> bool {
        let tokio = runtime_by_name("tokio").unwrap();
        tokio.block_on(tokio.spawn(async { 3 })).unwrap() == 3
    }
}

/// The parent is otherwise idle: a pipeline has its own locks, which a child of a busy program may find locked.
#[test]
fn a_pipeline_collected_in_a_child_exports_nothing_of_its_parent() {
    let test = "forks::a_child_collects";
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{stderr}");
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn a_child_collects() {
    let reader = Shared::default();
    let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    let (smol, instrumentor) = instrumented(&Smol);
    let bridge = MetricsBridge::builder(&instrumentor.recorder()).connect(&provider);
    let record = || smol::block_on(smol.named("job").instrument(async {}));
    let counted = || ["asyncio.process.count", "asyncio.process.duration"].map(|n| reader.total(n));
    record();
    match fork().unwrap() {
        Fork::Child => {
            record();
            bridge.drain();
            let mut is_silent = counted() == [0, 0] && !bridge.is_on();
            bridge.reconnect(&provider);
            is_silent &= counted() == [0, 0] && !bridge.is_on();
            bridge.stop();
            exit(i32::from(!(is_silent && bridge.finish(Duration::ZERO))));
        }
        Fork::Parent(child) => {
            assert_eq!(waitpid(child).unwrap(), 0, "the child exports for its parent");
            assert_eq!((counted(), bridge.is_on()), ([1, 1], true));
        }
    }
}

fn is_served(address: SocketAddr) -> bool {
    let mut console = TcpStream::connect(address).unwrap();
    write!(console, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    console.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200 OK")
}

/// A reader that collects on the calling thread.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<ManualReader>);

impl Shared {
    fn total(&self, name: &str) -> u64 {
        let mut metrics = ResourceMetrics::default();
        self.0.collect(&mut metrics).unwrap();
        total(&metrics, name)
    }
}

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}
