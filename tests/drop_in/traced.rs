//! The drop-ins carry the OpenTelemetry context of a program that does not know of them.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt as _;
use opentelemetry::{Context, KeyValue};
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
