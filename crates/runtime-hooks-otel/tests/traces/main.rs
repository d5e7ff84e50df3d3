//! Context and spans, on a real runtime with several threads, as an exporter gets them.
#![cfg(feature = "trace")]

use std::cell::RefCell;
use std::future::{pending, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use runtime_hooks_core::{
    AsyncioExt, Config, Instrumentor, RuntimeHooksExt, State, TraceNames, WithInstrumentor,
};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_tokio::{RuntimeHooks, Tokio, TokioRuntime};

struct Traced {
    runtime: TokioRuntime,
    tokio: WithInstrumentor<Tokio>,
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

/// A runtime on which these names are traced.
fn traced(names: TraceNames, sampler: Sampler) -> Traced {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_simple_exporter(exporter.clone())
        .build();
    let tracer = ContextTracer::of(&provider);
    let config = Config::new().trace(names).tracer(Arc::new(tracer));
    let runtime = TokioRuntime::multi_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(Instrumentor::installed(config));
    Traced { runtime, tokio, provider, exporter }
}

fn all() -> TraceNames {
    TraceNames::none().coroutines("*").to_thread("*").futures(true)
}

impl Traced {
    /// Runs `future` in a root span. Returns the output and the span's id.
    fn in_root<F: Future>(&self, future: impl FnOnce() -> F) -> (F::Output, SpanId) {
        let root = self.provider.tracer("test").start("root");
        let context = Context::current_with_span(root);
        let id = context.span().span_context().span_id();
        let _current = context.attach();
        (self.runtime.handle().raw_block_on(future()), id)
    }

    fn span(&self, name: &str) -> SpanData {
        let spans = self.exporter.get_finished_spans().unwrap();
        let mut found = spans.iter().filter(|span| span.name == name);
        let span = found.next().unwrap_or_else(|| panic!("no span {name:?} in {spans:?}")).clone();
        assert!(found.next().is_none(), "two spans {name:?}");
        span
    }
}

fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.clone())
}

fn current() -> SpanId {
    Context::map_current(|context| context.span().span_context().span_id())
}

async fn yields() -> SpanId {
    tokio::task::yield_now().await;
    current()
}

async fn panics() {
    panic!("on purpose");
}

async fn hangs() {
    pending::<()>().await;
}

async fn fails() -> Result<(), std::fmt::Error> {
    Err(std::fmt::Error)
}

async fn works_too() -> SpanId {
    current()
}

fn works() -> SpanId {
    current()
}

#[test]
fn a_task_without_a_span_runs_in_its_callers_context() {
    let traced = traced(TraceNames::none(), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    let (seen, root) = traced.in_root(|| async {
        let nested = tokio.clone();
        [
            tokio.spawn(yields()).await.unwrap(),
            tokio.spawn_blocking(works).await.unwrap(),
            tokio.timeout(Duration::from_secs(60), yields()).await.unwrap(),
            tokio.gather([yields()]).await[0],
            tokio.spawn(async move { nested.spawn(yields()).await.unwrap() }).await.unwrap(),
            tokio.spawn_threadsafe(yields()).join().unwrap(),
        ]
    });
    assert_eq!(seen, [root; 6]);
    assert_eq!(traced.exporter.get_finished_spans().unwrap().len(), 1);
    assert_eq!(current(), SpanId::INVALID);
}

#[test]
fn baggage_and_suppression_are_carried() {
    let traced = traced(all(), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    let baggage =
        || Context::map_current(|context| context.baggage().get("user").map(ToString::to_string));
    let _current = Context::current_with_baggage([KeyValue::new("user", "ada")]).attach();
    let seen = traced.runtime.handle().raw_block_on(tokio.spawn(async move { baggage() })).unwrap();
    assert_eq!(seen.as_deref(), Some("ada"));
    traced.exporter.reset();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    let is_suppressed = async { Context::is_current_telemetry_suppressed() };
    assert!(traced.runtime.handle().raw_block_on(tokio.spawn(is_suppressed)).unwrap());
    assert_eq!(traced.exporter.get_finished_spans().unwrap(), []);
}

/// OpenTelemetry does not distinguish a context with only such a value from an empty one, except by the value's type.
#[test]
fn a_value_of_the_program_is_carried_on_request() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Tenant(u32);
    async fn seen() -> Option<Tenant> {
        Context::map_current(|context| context.get::<Tenant>().copied())
    }
    let runtime = TokioRuntime::multi_thread().unwrap();
    let _current = Context::current_with_value(Tenant(7)).attach();
    for (tracer, expected) in [
        (ContextTracer::new(), None),
        (ContextTracer::new().with_value::<Tenant>(), Some(Tenant(7))),
        (ContextTracer::new().with_value::<String>().with_value::<Tenant>(), Some(Tenant(7))),
    ] {
        let config = Config::new().tracer(Arc::new(tracer));
        let tokio = runtime.handle().with_instrumentor(Instrumentor::installed(config));
        assert_eq!(runtime.handle().raw_block_on(tokio.spawn(seen())).unwrap(), expected);
    }
}

#[test]
fn a_span_is_current_while_its_task_runs_and_its_parent_is_the_callers() {
    let traced = traced(all(), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    let (inner, root) = traced.in_root(|| async {
        let nested = tokio.clone();
        let outer = tokio.named("outer").spawn(async move {
            (current(), nested.named("inner").spawn_blocking(works).await.unwrap())
        });
        outer.await.unwrap()
    });
    let (outer, blocking) =
        (traced.span("asyncio coro-outer"), traced.span("asyncio to_thread-inner"));
    assert_eq!((outer.parent_span_id, outer.span_context.span_id()), (root, inner.0));
    assert_eq!((blocking.parent_span_id, blocking.span_context.span_id()), (inner.0, inner.1));
    assert_eq!(outer.span_context.trace_id(), blocking.span_context.trace_id());
}

#[test]
fn a_span_ends_with_its_task_in_every_state() {
    let traced = traced(all(), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    traced.in_root(|| async {
        tokio.spawn(yields()).await.unwrap();
        tokio.spawn(panics()).await.unwrap_err();
        tokio.by_result().spawn(fails()).await.unwrap().unwrap_err();
        tokio.timeout(Duration::from_millis(1), hangs()).await.unwrap_err();
        drop(tokio.named("never polled").instrument(hangs()));
        drop(tokio.instrument(ready(())));
    });
    let state = |name: &str| {
        let span = traced.span(name);
        let state = attribute(&span, "state").map(|value| value.to_string());
        let polls = attribute(&span, "async.task.polls");
        let events = span.events.iter().map(|event| event.name.to_string()).collect::<Vec<_>>();
        (state.unwrap(), span.status, polls.unwrap(), events)
    };
    let exception = || vec!["exception".to_owned()];
    let error = |description: &'static str| Status::error(description);
    assert_eq!(
        state("asyncio coro-yields"),
        ("finished".into(), Status::Unset, Value::I64(2), vec![])
    );
    assert_eq!(
        state("asyncio coro-panics"),
        ("exception".into(), error("panic: on purpose"), Value::I64(1), exception())
    );
    assert_eq!(
        state("asyncio coro-fails"),
        (
            "exception".into(),
            error("core::fmt::Error: it returned an error"),
            Value::I64(1),
            exception()
        )
    );
    let (hangs, status, _, events) = state("asyncio coro-hangs");
    assert_eq!(
        (hangs.as_str(), status, events),
        ("timeout", error("timeout: its deadline has elapsed"), exception())
    );
    assert_eq!(
        state("asyncio coro-never polled"),
        ("cancelled".into(), Status::Unset, Value::I64(0), vec![])
    );
    assert_eq!(state("asyncio future").0, "cancelled");
}

#[test]
fn a_span_has_the_attributes_of_its_task() {
    let traced = traced(all(), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    let line = line!() + 1;
    traced.in_root(|| async { tokio.spawn(yields()).await.unwrap() });
    let span = traced.span("asyncio coro-yields");
    let text = |key| attribute(&span, key).map(|value| value.to_string());
    assert_eq!(text("type").as_deref(), Some("coroutine"));
    assert_eq!(text("name").as_deref(), Some("yields"));
    assert_eq!(text("async.runtime.name").as_deref(), Some("tokio"));
    assert_eq!(text("code.function.name").as_deref(), Some("traces::yields"));
    assert!(text("code.file.path").unwrap().ends_with("tests/traces/main.rs"));
    assert_eq!(attribute(&span, "code.line.number"), Some(Value::I64(line.into())));
    assert!(matches!(attribute(&span, "async.task.busy"), Some(Value::F64(busy)) if busy > 0.0));
}

/// The name of a block is that of its function, without `{{closure}}`.
#[test]
fn the_function_of_a_block_is_the_function_around_it() {
    let traced = traced(all(), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    traced.in_root(|| async {
        tokio.named("block").spawn(async { current() }).await.unwrap();
        tokio.named("closure").spawn_blocking(|| [1].map(|_| current())).await.unwrap();
    });
    for name in ["asyncio coro-block", "asyncio to_thread-closure"] {
        let function = attribute(&traced.span(name), "code.function.name").unwrap();
        let expected = "traces::the_function_of_a_block_is_the_function_around_it";
        assert_eq!(function.as_str(), expected, "{name}");
    }
}

#[test]
fn the_scope_has_the_version_and_the_schema() {
    let traced = traced(all(), Sampler::AlwaysOn);
    traced.in_root(|| async { traced.tokio.spawn(yields()).await.unwrap() });
    let scope = traced.span("asyncio coro-yields").instrumentation_scope;
    assert_eq!(scope.name(), "runtime-hooks");
    assert_eq!(scope.version(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(scope.schema_url(), Some(opentelemetry_semantic_conventions::SCHEMA_URL));
}

/// The set of tokio itself, without the drop-in.
#[test]
fn members_of_a_native_join_set_that_are_instrumented_stay_in_the_trace() {
    let traced = traced(TraceNames::none().coroutines("works_too"), Sampler::AlwaysOn);
    let (seen, root) = traced.in_root(|| async {
        let mut set = tokio::task::JoinSet::new();
        set.spawn(traced.tokio.instrument(yields()));
        set.spawn(traced.tokio.instrument(works_too()));
        set.spawn_blocking(traced.tokio.instrument_blocking(works));
        set.join_all().await
    });
    let span = traced.span("asyncio coro-works_too");
    let (own, parent) = (span.span_context.span_id(), span.parent_span_id);
    assert_eq!(parent, root);
    let mut counted: Vec<_> = seen.iter().map(|id| (*id == own, *id == root)).collect();
    counted.sort_unstable();
    assert_eq!(counted, [(false, true), (false, true), (true, false)]);
    let snapshot = traced.tokio.instrumentor().recorder().snapshot();
    assert_eq!((snapshot.spawned(), snapshot.ended_as(State::Finished)), (3, 3));
}

/// The wait for a task is a future of its own. It changes neither output nor error.
#[test]
fn an_instrumented_handle_is_a_future_in_the_callers_trace() {
    let traced = traced(TraceNames::none().futures(true), Sampler::AlwaysOn);
    let tokio = &traced.tokio;
    let ((native, ours, error), root) = traced.in_root(|| async {
        let native = tokio.instrument(tokio::spawn(async { 1 })).await;
        let ours = tokio.instrument(tokio.spawn(async { 2 })).await;
        let error = tokio.instrument(tokio.spawn(panics())).await;
        (native.unwrap(), ours.unwrap(), error.unwrap_err())
    });
    assert_eq!((native, ours, error.is_panic()), (1, 2, true));
    let spans = traced.exporter.get_finished_spans().unwrap();
    let waits = spans.iter().filter(|span| span.name == "asyncio future");
    assert_eq!(waits.map(|span| span.parent_span_id).collect::<Vec<_>>(), [root; 3]);
}

/// Each instrumentor has its own provider. A task of one that is spawned in a task of the other is its child.
#[test]
fn spans_of_two_providers_are_in_one_trace() {
    let (one, other) = (traced(all(), Sampler::AlwaysOn), traced(all(), Sampler::AlwaysOn));
    let (outer, inner) = (one.tokio.clone(), other.tokio.clone());
    let (_, root) = one.in_root(|| {
        let task =
            outer.named("outer").spawn(async move { inner.named("inner").spawn(yields()).await });
        async { task.await.unwrap().unwrap() }
    });
    let (outer, inner) = (one.span("asyncio coro-outer"), other.span("asyncio coro-inner"));
    assert_eq!(outer.parent_span_id, root);
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(inner.span_context.trace_id(), outer.span_context.trace_id());
    let ended = |traced: &Traced| traced.exporter.get_finished_spans().unwrap().len();
    assert_eq!((ended(&one), ended(&other)), (2, 1));
}

/// Spans go to whichever provider is the global one when they start.
#[test]
fn a_global_provider_that_is_set_after_the_first_spawn_gets_later_spans() {
    let tracer = Arc::new(ContextTracer::new());
    let config = Config::new().trace(all()).tracer(tracer);
    let runtime = TokioRuntime::multi_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(Instrumentor::installed(config));
    let spawn = |name: &'static str| {
        runtime.handle().raw_block_on(tokio.named(name).spawn(yields())).unwrap();
    };
    spawn("before");
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    opentelemetry::global::set_tracer_provider(provider);
    spawn("after");
    let spans = exporter.get_finished_spans().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["asyncio coro-after"]);
}

#[test]
fn an_unsampled_span_is_carried_and_not_exported() {
    let traced = traced(all(), Sampler::AlwaysOff);
    let tokio = &traced.tokio;
    let (seen, root) = traced.in_root(|| async { tokio.spawn(yields()).await.unwrap() });
    assert!(seen != SpanId::INVALID && seen != root);
    assert_eq!(traced.exporter.get_finished_spans().unwrap(), []);
}

/// The thread's current context is destroyed before a thread-local whose destructor polls a future.
#[test]
fn a_poll_at_the_end_of_its_thread_leaves_the_tracer_on() {
    struct PollsAtTheEnd(Pin<Box<dyn Future<Output = ()> + Send>>);
    impl Drop for PollsAtTheEnd {
        fn drop(&mut self) {
            assert!(self.0.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_ready());
        }
    }
    thread_local! {
        static KEPT: RefCell<Option<PollsAtTheEnd>> = const { RefCell::new(None) };
    }
    let traced = traced(TraceNames::none(), Sampler::AlwaysOn);
    for _ in 0..3 {
        let ([future], _) = traced.in_root(|| {
            let future = traced.tokio.instrument(ready(()));
            async { [future] }
        });
        let polled = std::thread::spawn(move || {
            KEPT.set(Some(PollsAtTheEnd(Box::pin(future))));
            Context::map_current(|_| ());
        });
        polled.join().unwrap();
    }
    let (seen, root) = traced.in_root(|| async { traced.tokio.spawn(yields()).await.unwrap() });
    assert_eq!(seen, root);
    let snapshot = traced.tokio.instrumentor().recorder().snapshot();
    assert_eq!((snapshot.spawned(), snapshot.ended_as(State::Finished)), (4, 4));
}

/// A context that the program supplies has the baggage and the suppression of the current one.
#[test]
fn a_context_that_the_program_supplies_is_merged_with_the_current_one() {
    fn supplied() -> Context {
        let ids =
            SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, false, TraceState::NONE);
        Context::new().with_remote_span_context(ids)
    }
    let tracer = ContextTracer::new().caller(supplied);
    let runtime = TokioRuntime::multi_thread().unwrap();
    let config = Config::new().tracer(Arc::new(tracer));
    let tokio = runtime.handle().with_instrumentor(Instrumentor::installed(config));
    let seen = || async {
        Context::map_current(|context| {
            let user = context.baggage().get("user").map(ToString::to_string);
            (context.span().span_context().span_id(), user, context.is_telemetry_suppressed())
        })
    };
    let spawned = || runtime.handle().raw_block_on(tokio.spawn(seen())).unwrap();
    assert_eq!(spawned(), (2.into(), None, false));
    let _ada = Context::current_with_baggage([KeyValue::new("user", "ada")]).attach();
    assert_eq!(spawned(), (2.into(), Some("ada".to_owned()), false));
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    assert_eq!(spawned(), (2.into(), Some("ada".to_owned()), true));
}

/// OpenTelemetry's own thread-local is destroyed before the thread calls a tracer for the first time.
#[test]
fn a_thread_that_submits_for_the_first_time_while_it_ends_carries_nothing() {
    struct AtTheEnd(WithInstrumentor<Tokio>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            drop(self.0.named("first").instrument(hangs()));
            drop(self.0.named("second").instrument(hangs()));
        }
    }
    thread_local! {
        static KEPT: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    let traced = traced(all(), Sampler::AlwaysOn);
    let tokio = traced.tokio.clone();
    let thread = std::thread::spawn(|| {
        KEPT.set(Some(AtTheEnd(tokio)));
        drop(Context::new().attach());
    });
    thread.join().unwrap();
    let snapshot = traced.tokio.instrumentor().recorder().snapshot();
    assert_eq!((snapshot.spawned(), snapshot.ended_as(State::Cancelled)), (2, 2));
    assert_eq!(traced.exporter.get_finished_spans().unwrap(), []);
}

#[test]
fn a_thousand_traces_do_not_mix() {
    let traced = traced(all(), Sampler::AlwaysOn);
    let roots: Vec<_> = (0..1_000)
        .map(|n| {
            let root = traced.provider.tracer("test").start(format!("root {n}"));
            let context = Context::current_with_span(root);
            let trace = context.span().span_context().trace_id();
            let nested = traced.tokio.clone();
            let _current = context.attach();
            let task = traced.tokio.named("first").spawn(async move {
                tokio::task::yield_now().await;
                let second = nested.clone();
                let second = nested.named("second").spawn(async move {
                    tokio::task::yield_now().await;
                    second.named("third").spawn_blocking(works).await.unwrap()
                });
                second.await.unwrap()
            });
            (trace, task)
        })
        .collect();
    let mut traces = Vec::new();
    for (trace, task) in roots {
        traced.runtime.handle().raw_block_on(task).unwrap();
        traces.push(trace);
    }
    let spans = traced.exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 4 * 1_000);
    for trace in traces {
        let mut of: Vec<_> =
            spans.iter().filter(|span| span.span_context.trace_id() == trace).collect();
        of.sort_by(|a, b| a.name.cmp(&b.name));
        let [first, second, third, root] = &*of else { panic!("{} spans", of.len()) };
        assert_eq!(first.parent_span_id, root.span_context.span_id());
        assert_eq!(second.parent_span_id, first.span_context.span_id());
        assert_eq!(third.parent_span_id, second.span_context.span_id());
    }
}
