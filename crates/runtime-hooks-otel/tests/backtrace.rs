//! The stack trace of a panic, in a process that asks for one.
#![cfg(feature = "trace")]

use std::env;
use std::process::Command;
use std::sync::Arc;

use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use runtime_hooks_core::{Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, TraceNames};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_tokio::TokioRuntime;

async fn panics() {
    panic!("on purpose");
}

/// The stack trace of a task that panics.
fn stacktrace() -> Option<String> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let config = Config::new()
        .trace(TraceNames::none().coroutines("*"))
        .tracer(Arc::new(ContextTracer::of(&provider)));
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(Instrumentor::installed(config));
    tokio.raw_block_on(tokio.spawn(panics())).unwrap_err();
    let spans = exporter.get_finished_spans().unwrap();
    let event = &spans[0].events.events[0];
    let found = event.attributes.iter().find(|at| at.key.as_str() == "exception.stacktrace");
    found.map(|attribute| attribute.value.to_string())
}

#[test]
#[ignore = "run by the test below, with and without backtraces"]
fn child() {
    let expected = env::var("RUST_LIB_BACKTRACE").unwrap() == "1";
    let stacktrace = stacktrace();
    assert_eq!(stacktrace.is_some(), expected, "{stacktrace:?}");
    assert!(stacktrace.is_none_or(|trace| trace.contains("backtrace::panics::")));
}

#[test]
fn the_span_of_a_panic_has_a_stack_trace_if_the_process_asks_for_one() {
    for wanted in ["0", "1"] {
        let mut child = Command::new(env::current_exe().unwrap());
        let child = child.args(["--ignored", "--exact", "child"]).env("RUST_LIB_BACKTRACE", wanted);
        assert!(child.status().unwrap().success(), "{wanted}");
    }
}
