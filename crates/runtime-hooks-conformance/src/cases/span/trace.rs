//! The position of a span in its trace, and when it is the current one.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{block_on, yield_now};
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
use runtime_hooks_core::{
    Config, Detail, Incident, IncidentKind, ManualClock, Outcome, Reporter, RuntimeHooksExt,
    TraceNames,
};
use runtime_hooks_otel::ContextTracer;

use super::tools::{on_stage, text};
use crate::tools::{Gate, ms, polls};
use crate::traces::{Seen, Traces, every_name, look, look_blocking, place};
use crate::{Counts, Harness, Stage};

const LONG: Duration = Duration::from_secs(3_600);

/// The span of a task is a child of the caller's span, and the parent of spans that start while the task runs.
pub fn a_span_is_current_while_its_task_runs<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (caller, _guard) = traces.in_span("caller");
    let seen = stage.play(stage.runtime.named("inside").spawn(look())).unwrap();
    assert_eq!(place(&traces.span("asyncio coro-inside")), (caller.trace, seen.span, caller.span));
}

/// A task spawns a task, which starts a closure, which starts a timeout. The span of each is a child of the one before.
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

/// A span that is not sampled is not exported, but its context is propagated in the same trace.
pub fn a_span_that_is_not_sampled_is_propagated<H: Harness>() {
    let config = Config::new().trace(every_name());
    let (stage, traces) = Traces::configured::<H>(Sampler::AlwaysOff, config);
    let (caller, _guard) = traces.in_span("caller");
    let seen = stage.play(stage.runtime.named("a").spawn(look())).unwrap();
    assert_eq!(seen.trace, caller.trace);
    assert_ne!(seen.span, caller.span);
    assert_eq!(traces.spans(), []);
}

/// A linked span starts a new trace, with a link to its caller's span.
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
    // Without a caller's span there is no link.
    stage.play(stage.runtime.named("background").spawn_blocking(look_blocking)).unwrap();
    assert_eq!(traces.span("asyncio to_thread-background").links.links, []);
}

/// No span is made where telemetry is suppressed: an exporter must not be traced while it exports.
pub fn no_span_is_made_where_telemetry_is_suppressed<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    assert_eq!(stage.play(stage.runtime.spawn(look())).unwrap(), Seen::suppressed());
    assert_eq!(traces.spans(), []);
}

/// A task that outlives its caller's span stays in the caller's trace.
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

/// A spawned timeout and a spawned instrumented future are one task each, with one span each.
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

/// While the context is borrowed, the span of `block_on` is not current, but it is its caller's child and ends.
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

/// If a span processor panics at the start or the end of a span, the task has its output and is counted once.
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

/// A task that ends in a sampled trace is an exemplar of its duration: with the ids of its own span, or of the caller's span
/// that it carries.
pub fn a_task_in_a_sampled_trace_is_an_exemplar<H: Harness>() {
    let ends_in = |sampler: Sampler, detail: Detail| {
        let config = Config::new().detail(detail).trace(TraceNames::none().coroutines("own"));
        let (stage, traces) = Traces::configured::<H>(sampler, config);
        let (caller, _guard) = traces.in_span("caller");
        let seen: Vec<_> = ["carried", "own"]
            .into_iter()
            .map(|name| {
                let time = stage.time.clone();
                let task = stage.runtime.named(name).spawn(async move {
                    time.advance(ms(5));
                    Seen::here()
                });
                stage.play(task).unwrap()
            })
            .collect();
        let found = stage.recorder.exemplars().into_iter();
        let found: Vec<_> = found
            .map(|of| {
                let ids = (TraceId::from_bytes(of.ids.trace), SpanId::from_bytes(of.ids.span));
                (of.key.name().unwrap().to_owned(), of.outcome, of.duration, ids)
            })
            .collect();
        (caller, seen, found)
    };
    let exemplar = |name: &str, seen: &Seen| {
        (name.to_owned(), Outcome::FINISHED, ms(5), (seen.trace, seen.span))
    };
    for detail in [Detail::Counts, Detail::Full] {
        let (caller, seen, found) = ends_in(Sampler::AlwaysOn, detail);
        assert_eq!(found, [exemplar("carried", &caller), exemplar("own", &seen[1])], "{detail:?}");
    }
    let (_, _, found) = ends_in(Sampler::AlwaysOff, Detail::Counts);
    assert_eq!(found, []);
}

/// 10 000 concurrent traces each have a root span, a task under it, a closure under that, and a task under that. Every span
/// is exported in its own trace and with its own parent.
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
