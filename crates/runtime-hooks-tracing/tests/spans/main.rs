//! Spans of `tracing` on every runtime, alone and together with OpenTelemetry's, with one subscriber.

mod seen;
mod owner;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{SpanId, TraceContextExt};
use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_core::{
    AsyncioExt, Config, IncidentKind, Instrumentor, ManualClock, Recorder, RuntimeHooks,
    RuntimeHooksExt, TraceNames, WithInstrumentor,
};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_smol::Smol;
use runtime_hooks_tokio::TokioRuntime;
use runtime_hooks_tracing::{EventReporter, SpanTracer};

use self::owner::{Request, serve};
use self::seen::{Line, finished, lines_of, provider, span, subscribe};

/// Runs a test on all runtimes.
macro_rules! on_every_runtime {
    ($test:ident) => {
        subscribe(true);
        let tokio = TokioRuntime::multi_thread().unwrap();
        $test("tokio", tokio.handle());
        $test("smol", &Smol);
        $test("async-std", &AsyncStd);
    };
}

#[test]
fn a_request_ends_with_its_owner_while_its_tasks_run() {
    on_every_runtime!(requests_end);
}

#[test]
fn a_span_of_tracing_is_carried_live_on_request() {
    on_every_runtime!(log_lines_have_the_callers_span);
}

#[test]
fn spans_by_name_and_tracing_opentelemetry_make_one_trace_without_duplicates() {
    on_every_runtime!(both_agree);
}

#[test]
fn a_task_without_a_callers_span_carries_nothing() {
    on_every_runtime!(nothing_is_carried);
}

#[test]
fn a_slow_poll_and_a_timeout_are_events_in_their_span() {
    on_every_runtime!(slow_polls_are_events);
}

fn instrumented<R: RuntimeHooks>(runtime: &R, config: Config) -> WithInstrumentor<R> {
    runtime.with_instrumentor(Instrumentor::installed(config))
}

fn carrying<R: RuntimeHooks>(runtime: &R) -> WithInstrumentor<R> {
    instrumented(runtime, Config::new().tracer(Arc::new(SpanTracer::live())))
}

/// By default, with the ids of OpenTelemetry and without. Then with the live span, for all tasks and for some names.
fn requests_end<R: RuntimeHooks>(name: &'static str, runtime: &R) {
    let serve = |names: TraceNames, tracer: SpanTracer, context: Option<ContextTracer>| {
        let config = Config::new().trace(names).tracer(Arc::new(tracer));
        let config = match context {
            Some(context) => config.tracer(Arc::new(context)),
            None => config,
        };
        serve(&instrumented(runtime, config))
    };
    let (none, contexts) = (TraceNames::none, || Some(ContextTracer::of(&provider())));
    let of_the_handler = ["in the handler", "in time"];
    let request = |ends_with_its_owner, children: &[&str], tasks: &[&str], logged| Request {
        ends_with_its_owner,
        children: children.iter().map(ToString::to_string).collect(),
        lines: of_the_handler.iter().chain(tasks).map(ToString::to_string).collect(),
        logged,
    };
    let both = ["background", "connection"];
    // The log records of the tasks have the request's ids, although `tracing` knows of no span there.
    let expected = request(true, &both, &[], 4);
    assert_eq!(serve(none(), SpanTracer::new(), contexts()), expected, "{name}");
    // `tracing` alone has nothing to carry.
    assert_eq!(serve(none(), SpanTracer::new(), None), request(true, &[], &[], 2), "{name}");
    let expected = request(false, &both, &both, 4);
    assert_eq!(sorted(serve(none(), SpanTracer::live(), None)), expected, "{name}");
    assert_eq!(sorted(serve(none(), SpanTracer::live(), contexts())), expected, "{name}");
    let expected = request(false, &both, &["connection"], 4);
    let by_name = none().live("conn*");
    assert_eq!(serve(by_name, SpanTracer::new(), contexts()), expected, "{name}");
}

/// The two tasks run in any order.
fn sorted(mut request: Request) -> Request {
    request.lines[2..].sort_unstable();
    request
}

/// Logs a line before and after a wait.
async fn log_twice(line: &'static str) {
    tracing::info!(line);
    futures_lite::future::yield_now().await;
    tracing::info!(line);
}

fn log_lines_have_the_callers_span<R: RuntimeHooks>(name: &'static str, runtime: &R) {
    let runtime = &carrying(runtime);
    let request = tracing::info_span!("request", name);
    request.in_scope(|| {
        runtime.raw_block_on(async {
            runtime.spawn(log_twice("in a task")).await.unwrap();
            runtime.spawn_blocking(|| tracing::info!(line = "in a closure")).await.unwrap();
            runtime.timeout(Duration::from_secs(3_600), log_twice("in time")).await.unwrap();
            runtime.gather([log_twice("together"), log_twice("together")]).await;
        });
    });
    let lines: Vec<_> =
        lines_of(&request.id().unwrap()).into_iter().map(|line| line.text).collect();
    let mut expected = vec!["in a task"; 2];
    expected.extend(["in a closure", "in time", "in time"]);
    expected.extend(["together"; 4]);
    assert_eq!(lines, expected, "{name}");
    assert!(tracing::Span::current().is_none());
}

/// The caller's `request` > our `asyncio coro-work` > the task's `query`: tracing, ours, tracing.
fn both_agree<R: RuntimeHooks>(name: &'static str, runtime: &R) {
    async fn work() {
        futures_lite::future::yield_now().await;
        tracing::info_span!("query").in_scope(|| tracing::info!(line = "asked"));
    }
    let config = Config::new()
        .trace(TraceNames::none().coroutines("work"))
        .tracer(Arc::new(SpanTracer::new()))
        .tracer(Arc::new(ContextTracer::of(&provider())));
    let runtime = &instrumented(runtime, config);
    let request = tracing::info_span!("request", name);
    let (trace, caller) = request.in_scope(|| {
        let context = opentelemetry::Context::current();
        let caller = context.span().span_context().clone();
        runtime.raw_block_on(runtime.spawn(work())).unwrap();
        (caller.trace_id(), caller.span_id())
    });
    assert_ne!(caller, SpanId::INVALID, "{name}");
    drop(request);
    let spans = finished(trace);
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["query", "asyncio coro-work", "request"], "{name}: each once");
    let [query, work] = ["query", "asyncio coro-work"].map(|name| span(&spans, name));
    assert_eq!(work.parent_span_id, caller, "{name}");
    assert_eq!(query.parent_span_id, work.span_context.span_id(), "{name}");
}

fn nothing_is_carried<R: RuntimeHooks>(name: &'static str, runtime: &R) {
    let runtime = &carrying(runtime);
    let is_in_none = async { tracing::Span::current().is_none() };
    assert!(runtime.raw_block_on(runtime.spawn(is_in_none)).unwrap(), "{name}");
}

fn slow_polls_are_events<R: RuntimeHooks>(name: &'static str, runtime: &R) {
    let time = ManualClock::new();
    let config = Config::new()
        .recorder(Recorder::builder().clock(time.clock()).build())
        .tracer(Arc::new(SpanTracer::live()))
        .log(IncidentKind::ALL)
        .reporter(Arc::new(EventReporter::new()));
    let runtime = &instrumented(runtime, config);
    let request = tracing::info_span!("request", name);
    request.in_scope(|| {
        let slow = async move { time.advance(Duration::from_millis(31)) };
        runtime.raw_block_on(async {
            runtime.named("slow").spawn(slow).await.unwrap();
            let late = runtime.named("late").timeout(Duration::ZERO, std::future::pending::<()>());
            late.await.unwrap_err();
        });
    });
    let lines = lines_of(&request.id().unwrap());
    let [slow, late] = &*lines else { panic!("{name}: two lines, not {lines:?}") };
    let field = |line: &Line, key: &str| line.fields.get(key).cloned().unwrap_or_default();
    assert_eq!((slow.text.as_str(), late.text.as_str()), ("slow poll", "timeout"), "{name}");
    assert_eq!([field(slow, "name"), field(late, "name")], ["slow", "late"]);
    assert_eq!([field(slow, "type"), field(slow, "duration")], ["coroutine", "0.031"]);
    assert_eq!(field(slow, "async.runtime.name"), name);
    assert_eq!(field(slow, "code.file.path"), file!());
    assert_eq!(field(slow, "dropped"), "0");
}
