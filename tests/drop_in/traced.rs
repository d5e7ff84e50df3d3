//! The drop-ins carry the OpenTelemetry context of a program that does not know of them.
#![expect(clippy::async_yields_async, reason = "a handle is awaited outside of its context")]

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use runtime_hooks_core::{Config, Instrumentor};
use runtime_hooks_otel::ContextTracer;

const LONG: Duration = Duration::from_secs(3_600);

/// The user in the baggage of the current context.
fn user() -> Option<String> {
    Context::map_current(|context| context.baggage().get("user").map(ToString::to_string))
}

/// The user, which must be the same before and after a wait.
async fn look() -> Option<String> {
    let before = user();
    smol::future::yield_now().await;
    assert_eq!(user(), before);
    before
}

/// Runs `play` with a context that only the first future enters, then without one.
fn in_and_out_of_a_context(play: impl Fn(Context) -> Vec<Option<String>>) {
    let _ = Instrumentor::global().install(Config::new().tracer(Arc::new(ContextTracer::new())));
    let seen = play(Context::new().with_baggage([KeyValue::new("user", "ada")]));
    assert_eq!(seen, vec![Some("ada".to_owned()); seen.len()]);
    let seen = play(Context::new());
    assert_eq!(seen, vec![None; seen.len()]);
    assert_eq!(user(), None);
}

#[test]
fn a_span_is_carried_through_each_function_of_tokio() {
    use tokio::runtime::{Builder, Runtime};
    use tokio::task::{JoinSet, LocalSet, spawn_blocking, spawn_local};
    use tokio::time::timeout;
    in_and_out_of_a_context(|context| {
        let runtime = Runtime::new().unwrap();
        let first = async {
            let mut set = JoinSet::new();
            set.spawn(look());
            set.spawn_blocking(user);
            let mut seen = set.join_all().await;
            seen.push(look().await);
            seen.push(tokio::spawn(look()).await.unwrap());
            seen.push(tokio::spawn(async { tokio::spawn(look()).await.unwrap() }).await.unwrap());
            seen.push(spawn_blocking(user).await.unwrap());
            seen.push(timeout(LONG, look()).await.unwrap());
            seen.push(runtime.handle().spawn(look()).await.unwrap());
            let (one, other) = tokio::join!(look(), look());
            seen.extend([one, other]);
            assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err());
            seen
        };
        let mut seen = runtime.block_on(first.with_context(context.clone()));
        let local = LocalSet::new();
        let current = Builder::new_current_thread().build().unwrap();
        let on_this_thread = async { spawn_local(look()).await.unwrap() };
        seen.push(local.block_on(&current, on_this_thread.with_context(context)));
        seen
    });
}

#[test]
fn a_span_is_carried_through_each_function_of_smol() {
    use smol::future::FutureExt;
    in_and_out_of_a_context(|context| {
        let executor = smol::Executor::new();
        let first = async {
            let mut many = Vec::new();
            executor.spawn_many([look(), look()], &mut many);
            let mut seen = vec![look().await, smol::spawn(look()).await];
            seen.push(executor.spawn(look()).await);
            for task in many {
                seen.push(task.await);
            }
            seen.push(smol::unblock(user).await);
            seen.push(look().or(pending()).await);
            seen.push(smol::spawn(async { smol::spawn(look()).await }).await);
            seen
        };
        smol::block_on(executor.run(first.with_context(context)))
    });
}

#[test]
fn a_span_is_carried_through_each_function_of_async_std() {
    use async_std::{future, task};
    in_and_out_of_a_context(|context| {
        let first = async {
            vec![
                look().await,
                task::spawn(look()).await,
                task::spawn_local(look()).await,
                task::spawn_blocking(user).await,
                task::Builder::new().name("named".to_owned()).spawn(look()).unwrap().await,
                future::timeout(LONG, look()).await.unwrap(),
                task::spawn(async { task::spawn(look()).await }).await,
            ]
        };
        task::block_on(first.with_context(context))
    });
}

type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs `handle` in a span, with a task for it to start that waits, and drops the span. Then the span has ended, and a span
/// that the task opens afterwards is its child.
fn ends_with_its_owner<T>(handle: impl FnOnce(Context, BoxFuture) -> T, join: impl FnOnce(T)) {
    let _ = Instrumentor::global().install(Config::new().tracer(Arc::new(ContextTracer::new())));
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("app");
    let (open, gate) = futures_channel::oneshot::channel::<()>();
    let request = Context::new().with_span(tracer.start("GET /"));
    let caller = request.span().span_context().clone();
    let background = async move {
        gate.await.unwrap();
        drop(tracer.start("background"));
    };
    let task = handle(request, Box::pin(background));
    let names = || {
        let spans = exporter.get_finished_spans().unwrap();
        spans.iter().map(|span| span.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["GET /"]);
    open.send(()).unwrap();
    join(task);
    assert_eq!(names(), ["GET /", "background"]);
    let child = &exporter.get_finished_spans().unwrap()[1];
    let place = (child.span_context.trace_id(), child.parent_span_id);
    assert_eq!(place, (caller.trace_id(), caller.span_id()));
}

#[test]
fn a_span_ends_while_a_task_of_tokio_waits() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let spawn = |task| async { tokio::spawn(task) };
    ends_with_its_owner(
        |request, task| runtime.block_on(spawn(task).with_context(request)),
        |task| runtime.block_on(task).unwrap(),
    );
    ends_with_its_owner(
        |request, task| {
            let spawn = async { tokio::spawn(tokio::time::timeout(LONG, task)) };
            runtime.block_on(spawn.with_context(request))
        },
        |task| runtime.block_on(task).unwrap().unwrap(),
    );
    ends_with_its_owner(
        |request, task| {
            let spawn = async { tokio::task::spawn_blocking(|| smol::future::block_on(task)) };
            runtime.block_on(spawn.with_context(request))
        },
        |task| runtime.block_on(task).unwrap(),
    );
}

#[test]
fn a_span_ends_while_a_task_of_smol_waits() {
    ends_with_its_owner(
        |request, task| smol::block_on(async { smol::spawn(task) }.with_context(request)),
        smol::block_on,
    );
    ends_with_its_owner(
        |request, task| {
            let unblock = async { smol::unblock(|| smol::future::block_on(task)) };
            smol::block_on(unblock.with_context(request))
        },
        smol::block_on,
    );
}

#[test]
fn a_span_ends_while_a_task_of_async_std_waits() {
    use async_std::task;
    ends_with_its_owner(
        |request, background| {
            task::block_on(async { task::spawn(background) }.with_context(request))
        },
        task::block_on,
    );
    ends_with_its_owner(
        |request, background| {
            let spawn = async { task::spawn_blocking(|| task::block_on(background)) };
            task::block_on(spawn.with_context(request))
        },
        task::block_on,
    );
}
