//! One trace across all runtimes, enabled by `instrument_with` alone. A separate test binary, since it sets the
//! global tracer provider.
#![cfg(all(feature = "tokio", feature = "smol", feature = "async-std", feature = "trace"))]

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use runtime_hooks::{AsyncStd, Config, RuntimeHooksExt, Smol, TokioRuntime, TraceNames};

async fn on_smol() {
    AsyncStd.spawn_blocking(on_async_std).await.unwrap();
}

fn on_async_std() {
    opentelemetry::global::tracer("test").start("leaf");
}

#[test]
fn one_trace_spans_all_runtimes() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    opentelemetry::global::set_tracer_provider(provider);
    let names = TraceNames::none().coroutines("on_*").to_thread("on_*");
    assert!(runtime_hooks::instrument_with(Config::new().trace(names)).is_first());

    let tokio = TokioRuntime::multi_thread().unwrap();
    let root = opentelemetry::global::tracer("test").start("root");
    let context = Context::current_with_span(root);
    {
        let _current = context.clone().attach();
        // This block is not traced by name: it carries the caller's context.
        tokio
            .block_on(tokio.handle().spawn(async { Smol.spawn(on_smol()).await.unwrap() }))
            .unwrap();
    }
    context.span().end();

    let spans = exporter.get_finished_spans().unwrap();
    let mut chain = vec!["root".to_owned()];
    let mut parent = context.span().span_context().span_id();
    while let Some(span) = spans.iter().find(|span| span.parent_span_id == parent) {
        chain.push(span.name.to_string());
        parent = span.span_context.span_id();
    }
    assert_eq!(chain, ["root", "asyncio coro-on_smol", "asyncio to_thread-on_async_std", "leaf"]);
    assert_eq!(spans.len(), 4);
}
