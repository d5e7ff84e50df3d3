//! Spans of the processes that are traced by name.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{block_on, yield_now};
use opentelemetry::trace::{SpanId, Status};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
use runtime_hooks_core::{
    Config, Detail, Incident, IncidentKind, ManualClock, Reporter, RuntimeHooksExt, TraceNames,
};
use runtime_hooks_otel::ContextTracer;

use crate::tools::{Failed, Gate, drop_signal, holds, ms, polls};
use crate::traces::{Seen, Traces, attribute, every_name, look, look_blocking, place};
use crate::{Counts, Harness, Stage};

const LONG: Duration = Duration::from_secs(3_600);

fn on_stage<H: Harness>() -> (Stage<H>, Traces) {
    Traces::on_stage(every_name())
}

fn text(span: &SpanData, key: &str) -> Option<String> {
    attribute(span, key).map(|value| value.as_str().into_owned())
}

/// As Python calls them.
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

/// Only those that are asked for.
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

/// Its parent is its caller's, and while it runs it is the one to be a parent.
pub fn a_span_is_current_while_its_task_runs<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (caller, _guard) = traces.in_span("caller");
    let seen = stage.play(stage.runtime.named("inside").spawn(look())).unwrap();
    assert_eq!(place(&traces.span("asyncio coro-inside")), (caller.trace, seen.span, caller.span));
}

/// A task, the task that it spawns, that one's closure and that one's timeout: each under the one before.
pub fn tasks_that_a_task_starts_are_children_of_its_span<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let runtime = stage.runtime.clone();
    stage.play(async {
        let inner = runtime.clone();
        let closure = move || {
            block_on(inner.named("d").timeout(LONG, look())).unwrap();
        };
        let middle = runtime.clone();
        let task = async move { drop(middle.named("c").spawn_blocking(closure)) };
        let outer = runtime.clone();
        let first = async move { drop(outer.named("b").spawn(task)) };
        runtime.named("a").spawn(first).await.unwrap();
    });
    traces.wait_for(&stage, 4);
    let names = ["asyncio coro-a", "asyncio coro-b", "asyncio to_thread-c", "asyncio coro-d"];
    let mut parent = SpanId::INVALID;
    for name in names {
        let span = traces.span(name);
        assert_eq!(span.parent_span_id, parent, "{name}");
        parent = span.span_context.span_id();
    }
}

/// Ends with this state and error type, and says nothing of an error if there is none.
fn check(traces: &Traces, name: &str, state: &str, error_type: Option<&str>) {
    let span = traces.span(&format!("asyncio coro-{name}"));
    assert_eq!(text(&span, "state").as_deref(), Some(state));
    assert_eq!(text(&span, "error.type").as_deref(), error_type);
    let Some(error_type) = error_type else {
        assert_eq!((span.status, span.events.len()), (Status::Unset, 0));
        return;
    };
    assert_eq!(span.status, Status::error(error_type.to_owned()));
    let [event] = &*span.events.events else { panic!("one event: {:?}", span.events) };
    assert_eq!(event.name, "exception");
    let names: Vec<_> = event.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    let place: &[&str] =
        if error_type == "panic" { &["code.file.path", "code.line.number"] } else { &[] };
    assert_eq!(names, [&["exception.type", "exception.message"], place].concat());
    assert_eq!(event.attributes[0].value.as_str(), error_type);
}

/// Says nothing but that.
pub fn the_span_of_a_finished_task_has_no_status<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    stage.play(stage.runtime.named("a").spawn(look())).unwrap();
    check(&traces, "a", "finished", None);
}

/// An error, with an event that has the message and the place of the panic.
pub fn the_span_of_a_panic_is_an_error<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let panics = async {
        yield_now().await;
        panic!("line {}", line!());
    };
    stage.play(stage.runtime.named("a").spawn(panics)).unwrap_err();
    check(&traces, "a", "exception", Some("panic"));
    let event = &traces.span("asyncio coro-a").events.events[0];
    let [_, message, file, line] = &*event.attributes else { panic!("four: {event:?}") };
    assert_eq!(message.value.as_str(), format!("line {}", line.value));
    assert_eq!(file.value.as_str(), file!());
}

/// If the caller asked for it.
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

/// An error too.
pub fn the_span_of_a_timeout_is_an_error<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let late = stage.runtime.named("a").timeout(Duration::ZERO, pending::<()>());
    stage.play(late).unwrap_err();
    check(&traces, "a", "timeout", Some("timeout"));
}

/// None: whoever cancels knows why.
pub fn the_span_of_a_cancelled_task_has_no_status<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let task = stage.runtime.named("a").spawn(pending::<()>());
    task.abort();
    stage.play(task).unwrap_err();
    check(&traces, "a", "cancelled", None);
}

/// Also if it never ran.
pub fn the_span_of_a_task_that_never_ran_ends<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    drop(stage.runtime.named("a").instrument(pending::<()>()));
    check(&traces, "a", "cancelled", None);
    drop(stage.runtime.named("b").instrument_blocking(|| ()));
    let span = traces.span("asyncio to_thread-b");
    assert_eq!(attribute(&span, "async.task.polls"), Some(Value::I64(0)));
}

/// Where the runtime can be shut down.
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

/// Once, with what is known of its process.
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
    assert!(path.contains("traces::look"), "{path}");
    assert_eq!(text(&span, "code.file.path").as_deref(), Some(file!()));
    assert_eq!(attribute(&span, "code.line.number"), Some(Value::I64(line)));
    let keys = span.attributes.iter().map(|attribute| attribute.key.as_str());
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), span.attributes.len(), "{keys:?}");
}

/// Also where the metrics have counts alone: 5 ms runnable, then two runs of 2 ms.
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

/// How long it waited for its thread, and how long it ran.
pub fn the_span_of_a_closure_has_its_one_run<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let time = stage.time.clone();
    let closure = stage.runtime.named("a").instrument_blocking(move || time.advance(ms(3)));
    stage.time.advance(ms(4));
    closure();
    let span = traces.span("asyncio to_thread-a");
    let told =
        ["polls", "busy", "scheduled"].map(|what| attribute(&span, &format!("async.task.{what}")));
    let expected = [Value::I64(1), Value::F64(0.003), Value::F64(0.004)];
    assert_eq!(told, expected.map(Some));
}

/// Nothing is exported, and still it is one trace for whoever samples further on.
pub fn a_span_that_is_not_sampled_is_propagated<H: Harness>() {
    let config = Config::new().trace(every_name());
    let (stage, traces) = Traces::configured::<H>(Sampler::AlwaysOff, config);
    let (caller, _guard) = traces.in_span("caller");
    let seen = stage.play(stage.runtime.named("a").spawn(look())).unwrap();
    assert_eq!(seen.trace, caller.trace);
    assert_ne!(seen.span, caller.span);
    assert_eq!(traces.spans(), []);
}

/// A trace of its own that knows where it comes from.
pub fn a_linked_span_starts_a_trace<H: Harness>() {
    let (stage, traces) = Traces::on_stage::<H>(every_name().linked("background"));
    let (caller, guard) = traces.in_span("caller");
    let seen = stage.play(stage.runtime.named("background").spawn(look())).unwrap();
    drop(guard);
    let span = traces.span("asyncio coro-background");
    assert_eq!(place(&span), (seen.trace, seen.span, SpanId::INVALID));
    assert_ne!(seen.trace, caller.trace);
    let [link] = &*span.links.links else { panic!("one link: {:?}", span.links) };
    let linked = (link.span_context.trace_id(), link.span_context.span_id());
    assert_eq!(linked, (caller.trace, caller.span));
    // There is nothing to link to without a caller.
    stage.play(stage.runtime.named("background").spawn_blocking(look_blocking)).unwrap();
    assert_eq!(traces.span("asyncio to_thread-background").links.links, []);
}

/// What is in flight ends; nothing new starts.
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

/// Whoever exports must not be traced for it.
pub fn no_span_is_made_where_telemetry_is_suppressed<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    assert_eq!(stage.play(stage.runtime.spawn(look())).unwrap(), Seen::suppressed());
    assert_eq!(traces.spans(), []);
}

/// A task that goes on after its caller is still in its caller's trace.
pub fn a_span_can_outlive_its_callers_span<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let gate = Gate::default();
    let (caller, guard) = traces.in_span("caller");
    let task = stage.runtime.named("detached").spawn(gate.clone().passed());
    opentelemetry::trace::get_active_span(|span| span.end());
    drop(guard);
    assert_eq!(traces.spans().len(), 1);
    gate.open();
    stage.play(task).unwrap();
    let detached = traces.span("asyncio coro-detached");
    let (trace, _, parent) = place(&detached);
    assert_eq!((trace, parent), (caller.trace, caller.span));
}

/// One, as it is one process.
pub fn one_task_has_one_span<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let timed = stage.runtime.named("inner").timeout(LONG, look());
    stage.play(stage.runtime.named("outer").spawn(timed)).unwrap().unwrap();
    let wrapped = stage.runtime.named("once").instrument(look());
    stage.play(stage.runtime.spawn(wrapped)).unwrap();
    let mut names: Vec<_> = traces.spans().into_iter().map(|span| span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["asyncio coro-inner", "asyncio coro-once"]);
}

/// It cannot be the current one there, but it is its caller's child and ends.
pub fn block_on_has_a_span_while_the_context_is_borrowed<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (caller, _guard) = traces.in_span("caller");
    let seen = Context::map_current(|_| stage.runtime.named("inside").block_on(look()));
    assert_eq!(seen, caller);
    let span = traces.span("asyncio coro-inside");
    assert_eq!((span.span_context.trace_id(), span.parent_span_id), (caller.trace, caller.span));
    assert_eq!(text(&span, "state").as_deref(), Some("finished"));
}

/// A slow poll and a timeout are reported in the span of the task that caused them.
pub fn a_span_is_current_while_an_incident_is_reported<H: Harness>() {
    #[derive(Debug, Default)]
    struct Reported(Mutex<Vec<(IncidentKind, SpanId)>>);
    impl Reporter for Reported {
        fn report(&self, incident: &Incident<'_>) {
            self.0.lock().unwrap().push((incident.kind, Seen::here().span));
        }
    }
    let reported = Arc::<Reported>::default();
    let config = Config::new().detail(Detail::Counts).slow_poll(ms(10)).trace(every_name());
    let config = config.log(IncidentKind::ALL).reporter(reported.clone());
    let (stage, traces) = Traces::configured::<H>(Sampler::AlwaysOn, config);
    let slow = polls(1, stage.time.clone(), ms(11));
    stage.play(stage.runtime.named("slow").spawn(slow)).unwrap();
    stage.play(stage.runtime.named("late").timeout(Duration::ZERO, pending::<()>())).unwrap_err();
    let [slow, late] = ["asyncio coro-slow", "asyncio coro-late"]
        .map(|name| traces.span(name).span_context.span_id());
    let expected = [(IncidentKind::SlowPoll, slow), (IncidentKind::Timeout, late)];
    assert_eq!(*reported.0.lock().unwrap(), expected);
}

/// The processor panics when a span starts, or when it ends: the task has its output, and is counted once.
pub fn a_span_processor_that_panics_changes_no_task<H: Harness>() {
    /// Panics at the start of spans, or else at their end.
    #[derive(Debug)]
    struct Panics {
        at_start: bool,
    }
    impl SpanProcessor for Panics {
        fn on_start(&self, _: &mut Span, _: &Context) {
            assert!(!self.at_start, "a hostile processor");
        }
        fn on_end(&self, _: SpanData) {
            assert!(self.at_start, "a hostile processor");
        }
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }
    for at_start in [true, false] {
        let provider = SdkTracerProvider::builder().with_span_processor(Panics { at_start });
        let provider = provider.build();
        let tracer = Arc::new(ContextTracer::of(&provider));
        let config = Config::new().live(true).trace(every_name()).tracer(tracer);
        let stage = Stage::<H>::with(ManualClock::new(), config);
        for number in 0..5 {
            let task = stage.runtime.named("task").spawn(async move { number });
            assert_eq!(stage.play(task).unwrap(), number);
            drop(stage.runtime.named("dropped").instrument(async {}));
        }
        assert_eq!(stage.counts("task"), Counts::finished(5));
        assert_eq!(stage.counts("dropped"), Counts::cancelled(5));
        assert_eq!(stage.recorder.live().len(), 0);
    }
}

/// 10 000 traces at once, each a root span, under it a task, under that a closure, and under that a task: every span
/// arrives in its own trace and under its own parent, none is an orphan.
pub fn ten_thousand_traces_do_not_mix<H: Harness>() {
    const TRACES: usize = 10_000;
    let (stage, traces) = Traces::on_stage::<H>(every_name());
    let gate = Gate::default();
    for _ in 0..TRACES {
        let (_, _root) = traces.in_span("root");
        let (runtime, start) = (stage.runtime.clone(), gate.clone());
        let further = runtime.clone();
        let middle = move || drop(further.named("leaf").spawn(yield_now()));
        drop(stage.runtime.named("top").spawn(async move {
            start.passed().await;
            drop(runtime.named("middle").spawn_blocking(middle));
        }));
    }
    gate.open();
    let chain = ["root", "asyncio coro-top", "asyncio to_thread-middle", "asyncio coro-leaf"];
    traces.wait_for(&stage, TRACES * chain.len());
    let spans = traces.spans();
    assert_eq!(spans.len(), TRACES * chain.len());
    let mut by_trace: HashMap<_, Vec<_>> = HashMap::new();
    for span in &spans {
        by_trace.entry(span.span_context.trace_id()).or_default().push(span);
    }
    assert_eq!(by_trace.len(), TRACES);
    for of_one in by_trace.values() {
        let mut parent = SpanId::INVALID;
        for name in chain {
            let mut found = of_one.iter().filter(|span| span.name == name);
            let (span, None) = (found.next().unwrap(), found.next()) else { panic!("two {name}") };
            assert_eq!(span.parent_span_id, parent, "{name}");
            parent = span.span_context.span_id();
        }
    }
}
