//! Threads and programs that end with tasks in their thread-locals, and start more while these are destroyed: nothing
//! panics or aborts, every count is exact, and every span that was started ends once.
//!
//! Each case runs in a separate process, since a fault would abort it. Without arguments all cases run.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::pending;
use std::pin::Pin;
use std::process::{Command, exit};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use runtime_hooks::{
    AsyncStd, Config, ContextTracer, EventReporter, IncidentKind, Instrumentor, RuntimeHooks,
    RuntimeHooksExt, Smol, SpanTracer, State, TokioRuntime, TraceNames,
};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const MODES: [&str; 6] = ["bare", "counts", "context", "batch", "tracing", "both"];
const RUNTIMES: [&str; 4] = ["tokio", "current-thread", "smol", "async-std"];
/// Thread-locals that are initialized first are destroyed last.
const FIRST: [&str; 2] = ["the program's first", "the tracers' first"];
const ENDS: [&str; 3] = ["a thread ends", "exit is called", "main returns"];

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [mode, runtime, first, end] = &*arguments {
        return child(mode, runtime, first, end);
    }
    let own = std::env::current_exe().unwrap();
    for mode in MODES {
        for runtime in RUNTIMES {
            for first in FIRST {
                for end in ENDS {
                    let case = [mode, runtime, first, end];
                    let ended = Command::new(&own).args(case).output().unwrap();
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
                    let (stdout, stderr) = (text(&ended.stdout), text(&ended.stderr));
                    let seen = (ended.status.code(), stdout, stderr);
                    assert_eq!(seen, (Some(0), expected(mode, first), String::new()), "{case:?}");
                }
            }
        }
    }
}

fn expected(mode: &str, first: &str) -> String {
    let counts = match mode {
        "bare" => ["kept: none", "held: none", "put away: none", "late: none", "at exit: none"],
        _ => [
            "kept: 3 cancelled",
            "held: 1 finished, 1 cancelled",
            "put away: 1 cancelled",
            "late: 1",
            "at exit: 1 finished, 1 cancelled",
        ],
    };
    let mut spans = vec![("caller", 1)];
    if matches!(mode, "context" | "batch" | "both") {
        spans.extend([("asyncio coro-kept", 3), ("asyncio coro-held", 2)]);
        if first == "the tracers' first" {
            // The program's thread-locals are destroyed before the tracers', so these tasks are recorded as usual.
            let late = ["asyncio coro-touch", "asyncio coro-late", "asyncio coro-put away"];
            spans.extend(late.map(|name| (name, 1)));
        }
    }
    format!("{}; spans {:?}", counts.join("; "), BTreeMap::from_iter(spans))
}

fn exporter() -> &'static InMemorySpanExporter {
    static EXPORTER: OnceLock<InMemorySpanExporter> = OnceLock::new();
    EXPORTER.get_or_init(InMemorySpanExporter::default)
}

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

fn child(mode: &str, runtime: &str, first: &str, end: &str) {
    let provider = SdkTracerProvider::builder();
    let provider = match mode {
        "batch" => provider.with_batch_exporter(exporter().clone()).build(),
        _ => provider.with_simple_exporter(exporter().clone()).build(),
    };
    let provider = PROVIDER.get_or_init(|| provider);
    let config = Config::new().trace(TraceNames::none().coroutines("*"));
    let spans = || Arc::new(SpanTracer::live());
    let contexts = || Arc::new(ContextTracer::of(provider));
    match mode {
        "bare" => None,
        "counts" => Some(config),
        "tracing" => Some(config.tracer(spans())),
        "both" => {
            let config = config.tracer(spans()).tracer(contexts());
            let slow = config.log(IncidentKind::ALL).slow_poll(Duration::ZERO);
            Some(slow.reporter(Arc::new(EventReporter::new())))
        }
        _ => Some(config.tracer(contexts())),
    }
    .map(|config| Instrumentor::global().install(config));
    let has_subscriber = matches!(mode, "tracing" | "both");
    if has_subscriber {
        // This subscriber writes a line at each entry, exit and end, from a buffer in a thread-local.
        let lines = tracing_subscriber::fmt::layer().with_span_events(FmtSpan::FULL);
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing_subscriber::registry().with(lines.with_writer(std::io::sink)).with(spans).init();
    }
    shutdown_hooks::add_shutdown_hook(at_exit);
    let (runtime, is_theirs) = (runtime.to_owned(), first == "the program's first");
    let work = move || {
        if is_theirs {
            KEPT.with(|_| ());
        }
        if has_subscriber {
            tracing::info_span!("caller").in_scope(|| work_on(&runtime, !is_theirs));
        } else {
            let caller = provider.tracer("test").start("caller");
            let _current = opentelemetry::Context::new().with_span(caller).attach();
            work_on(&runtime, !is_theirs);
        }
    };
    match end {
        "a thread ends" => thread::spawn(work).join().unwrap(),
        "exit is called" => {
            work();
            exit(0);
        }
        _ => work(),
    }
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// Runs the closure when it is dropped.
struct Kept(Option<Box<dyn FnOnce()>>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

fn work_on(runtime: &str, touches: bool) {
    let tokio = match runtime {
        "tokio" => TokioRuntime::multi_thread(),
        "current-thread" => TokioRuntime::current_thread(),
        "smol" => return keep(&Smol, (), touches),
        _ => return keep(&AsyncStd, (), touches),
    };
    let tokio = tokio.unwrap();
    keep(&tokio.handle().clone(), tokio, touches);
}

/// Leaves tasks, futures and their runtime in the thread-local.
fn keep<R: RuntimeHooks>(runtime: &R, owned: impl Any, touches: bool) {
    if touches {
        assert!(poll(&mut Box::pin(runtime.named("touch").instrument(async {}))).is_ready());
    }
    let tasks: Vec<_> = (0..3).map(|_| runtime.named("kept").spawn(pending::<()>())).collect();
    let mut held = hold(runtime, "held");
    let runtime = runtime.clone();
    let at_the_end = move || {
        poll_both(&mut held);
        drop(held);
        drop(runtime.named("put away").instrument(async {}));
        drop(runtime.named("late").spawn(async {}));
        tasks.iter().for_each(|task| task.abort());
        drop((tasks, owned));
    };
    KEPT.set(Some(Kept(Some(Box::new(at_the_end)))));
}

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

fn hold<R: RuntimeHooks>(runtime: &R, name: &'static str) -> [Boxed; 2] {
    let ready = runtime.named(name).instrument(async {});
    [Box::pin(ready), Box::pin(runtime.named(name).instrument(pending()))]
}

fn poll_both(futures: &mut [Boxed; 2]) {
    assert_eq!(futures.each_mut().map(|future| poll(future).is_ready()), [true, false]);
}

fn poll(future: &mut Pin<Box<impl Future<Output = ()> + ?Sized>>) -> Poll<()> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs after all thread-locals of the main thread are destroyed. Starts and drops more tasks, and prints what was
/// recorded.
extern "C" fn at_exit() {
    poll_both(&mut hold(&Smol, "at exit"));
    let arguments: Vec<_> = std::env::args().collect();
    let (expected, start) = (expected(&arguments[1], &arguments[3]), Instant::now());
    // A task that was aborted or started late ends on a thread of its runtime.
    while recorded() != expected && start.elapsed() < Duration::from_secs(20) {
        thread::yield_now();
    }
    println!("{}", recorded());
}

fn recorded() -> String {
    let counts = ["kept", "held", "put away", "late", "at exit"].map(counts);
    let _ = PROVIDER.get().unwrap().force_flush();
    let mut spans = BTreeMap::<String, u32>::new();
    for span in exporter().get_finished_spans().unwrap() {
        *spans.entry(span.name.into_owned()).or_default() += 1;
    }
    format!("{}; spans {spans:?}", counts.join("; "))
}

fn counts(name: &str) -> String {
    let snapshot = Instrumentor::global().recorder().snapshot();
    let Some(series) = snapshot.find(name) else { return format!("{name}: none") };
    let ended = [State::Finished, State::Cancelled, State::Timeout, State::Exception]
        .map(|state| (series.ended_as(state), state.as_str()));
    let total: u64 = ended.iter().map(|(count, _)| count).sum();
    if series.active() > 0 {
        return format!("{name}: {} active", series.active());
    }
    assert_eq!(series.spawned, total, "{name}");
    if name == "late" {
        // The task may or may not run before its runtime ends.
        return format!("{name}: {total}");
    }
    let states = ended.iter().filter(|(count, _)| *count > 0);
    let states: Vec<_> = states.map(|(count, state)| format!("{count} {state}")).collect();
    format!("{name}: {}", states.join(", "))
}
