//! How a span ends: state, error type, status and the event of an error.

use std::future::pending;
use std::time::Duration;

use futures_lite::future::{block_on, yield_now};
use opentelemetry::Value;
use opentelemetry::trace::Status;
use runtime_hooks_core::RuntimeHooksExt;

use super::tools::{on_stage, text};
use crate::Harness;
use crate::tools::{Failed, Gate, drop_signal, holds};
use crate::traces::{Traces, attribute, look};

/// Asserts that the span ended with this state and error type, and has an error status and event only if there is a type.
pub(super) fn check(traces: &Traces, name: &str, state: &str, error_type: Option<&str>) {
    let span = traces.span(&format!("asyncio coro-{name}"));
    assert_eq!(text(&span, "state").as_deref(), Some(state));
    assert_eq!(text(&span, "error.type").as_deref(), error_type);
    let Some(error_type) = error_type else {
        assert_eq!((span.status, span.events.len()), (Status::Unset, 0));
        return;
    };
    let Status::Error { description } = &span.status else { panic!("{:?}", span.status) };
    let [event] = &*span.events.events else { panic!("one event: {:?}", span.events) };
    assert_eq!(event.name, "exception");
    let names = event.attributes.iter().map(|attribute| attribute.key.as_str());
    // There is a stack trace if the environment asks for one.
    let names: Vec<_> = names.filter(|name| *name != "exception.stacktrace").collect();
    let place: &[&str] =
        if error_type == "panic" { &["code.file.path", "code.line.number"] } else { &[] };
    assert_eq!(names, [&["exception.type", "exception.message"], place].concat());
    let [of_type, message] = [0, 1].map(|at| event.attributes[at].value.as_str());
    assert_eq!(of_type, error_type);
    assert_eq!(*description, format!("{error_type}: {message}"));
}

/// The span of a finished task has a state, no status and no event.
pub fn the_span_of_a_finished_task_has_no_status<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    stage.play(stage.runtime.named("a").spawn(look())).unwrap();
    check(&traces, "a", "finished", None);
}

/// The span of a panic has an error status, and an event with the message and the location of the panic.
pub fn the_span_of_a_panic_is_an_error<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let panics = async {
        yield_now().await;
        panic!("line {}", line!());
    };
    stage.play(stage.runtime.named("a").spawn(panics)).unwrap_err();
    check(&traces, "a", "exception", Some("panic"));
    let event = &traces.span("asyncio coro-a").events.events[0];
    let [_, message, file, line, ..] = &*event.attributes else { panic!("four: {event:?}") };
    assert_eq!(message.value.as_str(), format!("line {}", line.value));
    assert_eq!(file.value.as_str(), file!());
}

/// With `by_result` the span of an error result has an error status.
pub fn the_span_of_an_error_result_is_an_error<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let fails = || async { Err::<(), _>(Failed::new(1)) };
    stage.play(stage.runtime.named("a").by_result().spawn(fails())).unwrap().unwrap_err();
    let error_type = std::any::type_name::<Failed>().rsplit("::").next().unwrap();
    let known = text(&traces.span("asyncio coro-a"), "error.type").unwrap();
    assert!(known.ends_with(error_type), "{known}");
    check(&traces, "a", "exception", Some(&known));
    stage.play(stage.runtime.named("b").spawn(fails())).unwrap().unwrap_err();
    check(&traces, "b", "finished", None);
}

/// The span of a timeout has an error status and the error type `timeout`.
pub fn the_span_of_a_timeout_is_an_error<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let late = stage.runtime.named("a").timeout(Duration::ZERO, pending::<()>());
    stage.play(late).unwrap_err();
    check(&traces, "a", "timeout", Some("timeout"));
}

/// The span of a cancelled task has no error status.
pub fn the_span_of_a_cancelled_task_has_no_status<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let task = stage.runtime.named("a").spawn(pending::<()>());
    task.abort();
    stage.play(task).unwrap_err();
    check(&traces, "a", "cancelled", None);
}

/// The span of a task that is dropped before its first poll ends.
pub fn the_span_of_a_task_that_never_ran_ends<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    drop(stage.runtime.named("a").instrument(pending::<()>()));
    check(&traces, "a", "cancelled", None);
    drop(stage.runtime.named("b").instrument_blocking(|| ()));
    let span = traces.span("asyncio to_thread-b");
    assert_eq!(attribute(&span, "async.task.polls"), Some(Value::I64(0)));
}

/// Spans end when the runtime shuts down. The case applies to runtimes that can be shut down.
pub fn a_span_ends_when_the_runtime_shuts_down<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (kept, dropped) = drop_signal();
    let _detached = stage.runtime.named("a").spawn(holds(kept));
    if !stage.shut_down() {
        return;
    }
    block_on(dropped).unwrap_err();
    check(&traces, "a", "cancelled", None);
}

/// After an instrumentor is switched off, started spans end and no span starts.
pub fn an_instrumentor_that_is_off_makes_no_span<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let gate = Gate::default();
    let in_flight = stage.runtime.named("a").spawn(gate.clone().passed());
    stage.instrumentor.uninstall();
    stage.play(stage.runtime.named("b").spawn(look())).unwrap();
    gate.open();
    stage.play(in_flight).unwrap();
    check(&traces, "a", "finished", None);
    assert_eq!(traces.spans().len(), 1);
}
