//! The content of a task's span: name, attributes, polls.

use opentelemetry::Value;
use opentelemetry_sdk::trace::Sampler;
use runtime_hooks_core::{Config, Detail, RuntimeHooksExt, TraceNames};

use super::tools::{on_stage, text};
use crate::Harness;
use crate::tools::{ms, polls};
use crate::traces::{Traces, attribute, every_name, look, look_blocking};

/// The names are those of Python's instrumentation.
pub fn spans_are_named_as_in_python<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    stage.play(async {
        stage.runtime.spawn(look()).await.unwrap();
        stage.runtime.spawn_blocking(look_blocking).await.unwrap();
        stage.runtime.instrument(std::future::ready(())).await;
    });
    for name in ["asyncio coro-look", "asyncio to_thread-look_blocking", "asyncio future"] {
        assert_eq!(traces.span(name).name, name);
    }
    assert_eq!(traces.spans().len(), 3);
}

/// Names that are not selected have no span.
pub fn only_selected_names_have_spans<H: Harness>() {
    let names = TraceNames::none().coroutines("fetch_*").to_thread("hash");
    let (stage, traces) = Traces::on_stage::<H>(names);
    stage.play(async {
        for name in ["fetch_all", "store", "hash"] {
            stage.runtime.named(name).spawn(look()).await.unwrap();
            stage.runtime.named(name).spawn_blocking(look_blocking).await.unwrap();
        }
    });
    let names: Vec<_> = traces.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["asyncio coro-fetch_all", "asyncio to_thread-hash"]);
}

/// A span has each attribute of its task once.
pub fn a_span_has_the_attributes_of_its_task<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let line = i64::from(line!()) + 1;
    stage.play(stage.runtime.spawn(look())).unwrap();
    let span = traces.span("asyncio coro-look");
    assert_eq!(text(&span, "type").as_deref(), Some("coroutine"));
    assert_eq!(text(&span, "name").as_deref(), Some("look"));
    let runtime = text(&span, "async.runtime.name").unwrap();
    assert_eq!(runtime, stage.series("look").key.runtime());
    let path = text(&span, "code.function.name").unwrap();
    assert!(path.ends_with("::traces::look"), "{path}");
    assert_eq!(text(&span, "code.file.path").as_deref(), Some(file!()));
    assert_eq!(attribute(&span, "code.line.number"), Some(Value::I64(line)));
    let keys = span.attributes.iter().map(|attribute| attribute.key.as_str());
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), span.attributes.len(), "{keys:?}");
}

/// A span has polls, busy seconds and scheduled seconds at each detail: 5 ms scheduled, then two polls of 2 ms.
pub fn a_span_has_polls_and_busy_and_scheduled_seconds<H: Harness>() {
    for detail in [Detail::Counts, Detail::Sampled, Detail::Full] {
        let config = Config::new().detail(detail).trace(every_name());
        let (stage, traces) = Traces::configured::<H>(Sampler::AlwaysOn, config);
        let task = stage.runtime.named("a").instrument(polls(2, stage.time.clone(), ms(2)));
        stage.time.advance(ms(5));
        stage.play(task);
        let span = traces.span("asyncio coro-a");
        assert_eq!(attribute(&span, "async.task.polls"), Some(Value::I64(2)));
        assert_eq!(attribute(&span, "async.task.busy"), Some(Value::F64(0.004)));
        assert_eq!(attribute(&span, "async.task.scheduled"), Some(Value::F64(0.005)));
        let timed = stage.series("a").poll.count();
        assert_eq!(timed, if detail == Detail::Counts { 0 } else { 2 }, "{detail:?}");
    }
}

/// The span of a closure has its schedule delay and its one run.
pub fn the_span_of_a_closure_has_its_one_run<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let time = stage.time.clone();
    let closure = stage.runtime.named("a").instrument_blocking(move || time.advance(ms(3)));
    stage.time.advance(ms(4));
    closure();
    let span = traces.span("asyncio to_thread-a");
    let values =
        ["polls", "busy", "scheduled"].map(|what| attribute(&span, &format!("async.task.{what}")));
    let expected = [Value::I64(1), Value::F64(0.003), Value::F64(0.004)];
    assert_eq!(values, expected.map(Some));
}
