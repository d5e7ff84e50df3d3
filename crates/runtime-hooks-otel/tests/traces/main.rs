//! Context and spans, on a real runtime with several threads, as an exporter gets them.
#![cfg(feature = "trace")]

use std::cell::RefCell;
use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanId, Status, TraceContextExt, Tracer, TracerProvider};
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
    let error = Status::error;
    assert_eq!(
        state("asyncio coro-yields"),
        ("finished".into(), Status::Unset, Value::I64(2), vec![])
    );
    assert_eq!(
        state("asyncio coro-panics"),
        ("exception".into(), error("panic"), Value::I64(1), exception())
    );
    assert_eq!(
        state("asyncio coro-fails"),
        ("exception".into(), error("core::fmt::Error"), Value::I64(1), exception())
    );
    let (hangs, status, _, events) = state("asyncio coro-hangs");
    assert_eq!((hangs.as_str(), status, events), ("timeout", error("timeout"), exception()));
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

#[test]
fn an_unsampled_span_is_carried_and_not_exported() {
    let traced = traced(all(), Sampler::AlwaysOff);
    let tokio = &traced.tokio;
    let (seen, root) = traced.in_root(|| async { tokio.spawn(yields()).await.unwrap() });
    assert!(seen != SpanId::INVALID && seen != root);
    assert_eq!(traced.exporter.get_finished_spans().unwrap(), []);
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
