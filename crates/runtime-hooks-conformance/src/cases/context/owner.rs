//! A span that is ended by its drop ends when its owner drops it, whatever its tasks do.

use std::future::poll_fn;
use std::task::Poll;
use std::thread;

use futures_channel::oneshot;
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use opentelemetry::trace::{
    SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer, get_active_span,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::Sampler;
use runtime_hooks_core::{AsyncioExt, Config, Detail, EnsureFuture, RuntimeHooksExt, TraceNames};
use runtime_hooks_otel::ContextTracer;

use super::calls::on_stage;
use crate::tools::{Gate, ms};
use crate::traces::{Traces, attribute, place};
use crate::{Harness, Stage};

/// A stage whose tracer is changed by `change`.
fn on_stage_with<H: Harness>(
    names: TraceNames,
    change: impl FnOnce(ContextTracer) -> ContextTracer,
) -> (Stage<H>, Traces) {
    let config = Config::new().detail(Detail::Counts).trace(names);
    Traces::with_tracer(Sampler::AlwaysOn, config, change)
}

/// Makes a case per call. The caller drops its span while the task that it has started still waits: the span has ended when
/// the drop returns. Then the task opens a span, which is a child of the ended one.
macro_rules! ends_with_its_owner {
    ($($case:ident: |$stage:ident, $task:ident| $call:expr;)*) => {$(
        #[doc = concat!("The caller's span has ended, although the task of `", stringify!($call), "` has not.")]
        pub fn $case<H: Harness>() {
            let ($stage, traces) = on_stage::<H>();
            let (gate, child) = (Gate::default(), traces.tracer());
            let started = gate.clone();
            let $task = async move {
                started.passed().await;
                drop(child.start("child"));
            };
            let (caller, guard) = traces.in_span("caller");
            let task = $call;
            assert_eq!(traces.spans(), []);
            drop(guard);
            let ended = traces.span("caller");
            gate.open();
            $stage.play(async { let _ = task.await; });
            traces.wait_for(&$stage, 2);
            let (trace, _, parent) = place(&traces.span("child"));
            assert_eq!((trace, parent), (caller.trace, caller.span));
            assert_eq!(traces.span("caller").end_time, ended.end_time);
        }
    )*};
}

ends_with_its_owner! {
    a_span_ends_before_a_spawned_task: |stage, task| stage.runtime.spawn(task);
    a_span_ends_before_a_named_task: |stage, task| stage.runtime.named("background").spawn(task);
    a_span_ends_before_a_blocking_closure:
        |stage, task| stage.runtime.spawn_blocking(move || block_on(task));
    a_span_ends_before_an_ensured_future: |stage, task| task.ensure_future(&stage.runtime);
    a_span_ends_before_a_member_of_a_group: |stage, task| {
        let group = stage.runtime.task_group::<()>();
        drop(group.spawn(async {
            task.await;
            Ok(())
        }));
        group.join()
    };
    a_span_ends_before_a_task_of_another_thread: |stage, task| {
        let (handle, (send, joined)) = (stage.runtime.spawn_threadsafe(task), oneshot::channel());
        thread::spawn(move || send.send(handle.join()));
        joined
    };
    a_span_ends_before_an_instrumented_future: |stage, task| stage.runtime.instrument(task);
    a_span_ends_before_a_spawned_timeout: |stage, task| {
        stage.runtime.spawn(stage.runtime.timeout(ms(3_600_000), task))
    };
    a_span_ends_before_a_task_of_its_task: |stage, task| {
        let runtime = stage.runtime.clone();
        stage.runtime.spawn(async move { runtime.spawn(task).await })
    };
}

/// What the caller polls itself runs in its live span: it can set attributes there.
pub fn an_attribute_set_in_place_is_on_the_callers_span<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let set = |key: &'static str| async move {
        get_active_span(|span| span.set_attribute(KeyValue::new(key, true)));
    };
    let (_, guard) = traces.in_span("caller");
    stage.play(async {
        stage.runtime.timeout(ms(3_600_000), set("timeout")).await.unwrap();
        stage.runtime.gather([set("gather")]).await;
        stage.runtime.as_completed([set("as_completed")]).collect::<Vec<_>>().await;
        stage.runtime.instrument(set("instrument")).await;
    });
    stage.runtime.block_on(set("block_on"));
    drop(guard);
    let span = traces.span("caller");
    for key in ["timeout", "gather", "as_completed", "instrument", "block_on"] {
        assert_eq!(attribute(&span, key), Some(Value::Bool(true)), "{key}");
    }
}

/// Starts a task that sets an attribute on its current span. Returns the caller's spans that have ended while the task
/// waits, and whether the attribute is on the span in the end.
fn carried_live<H: Harness>(
    name: &'static str,
    (stage, traces): (Stage<H>, Traces),
) -> (usize, bool) {
    let gate = Gate::default();
    let started = gate.clone();
    let task = {
        let (_, _guard) = traces.in_span("caller");
        stage.runtime.named(name).spawn(async move {
            started.passed().await;
            get_active_span(|span| span.set_attribute(KeyValue::new("of the task", true)));
        })
    };
    let ended = traces.spans().len();
    gate.open();
    stage.play(task).unwrap();
    traces.wait_for(&stage, 1);
    (ended, attribute(&traces.span("caller"), "of the task").is_some())
}

/// By default a task carries the ids of its caller's span. On request it carries the span itself, which then lasts until
/// the task has ended.
pub fn a_live_span_is_carried_on_request<H: Harness>() {
    let stage = |names, is_live| {
        on_stage_with::<H>(names, |tracer| if is_live { tracer.live() } else { tracer })
    };
    assert_eq!(carried_live("task", stage(TraceNames::none(), false)), (1, false));
    assert_eq!(carried_live("task", stage(TraceNames::none(), true)), (0, true));
    let by_name = TraceNames::none().live("handle_*");
    assert_eq!(carried_live("handle_order", stage(by_name.clone(), false)), (0, true));
    assert_eq!(carried_live("refresh", stage(by_name, false)), (1, false));
}

/// A live span is released when its task has ended, although somebody keeps the task's waker.
pub fn a_live_span_is_released_at_the_end_of_its_task<H: Harness>() {
    let config = Config::new().detail(Detail::Full);
    let live = |tracer: ContextTracer| tracer.live();
    let (stage, traces) = Traces::with_tracer::<H>(Sampler::AlwaysOn, config, live);
    let task = {
        let (_, _guard) = traces.in_span("caller");
        stage.runtime.spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())))
    };
    let waker = stage.play(task).unwrap();
    traces.wait_for(&stage, 1);
    traces.span("caller");
    drop(waker);
}

/// The carried ids have the caller's flags and trace state, and are not those of another process.
pub fn the_carried_ids_have_flags_and_trace_state<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (_, guard) = traces.in_span("caller");
    let state = TraceState::from_key_value([("vendor", "value")]).unwrap();
    let of_caller = Context::current().span().span_context().clone();
    let remote = SpanContext::new(
        of_caller.trace_id(),
        of_caller.span_id(),
        TraceFlags::SAMPLED,
        true,
        state.clone(),
    );
    let span_context = || async { get_active_span(|span| span.span_context().clone()) };
    assert_eq!(stage.play(stage.runtime.spawn(span_context())).unwrap(), of_caller);
    assert!(!of_caller.is_remote() && of_caller.is_sampled());
    drop(guard);
    let _guard = Context::new().with_remote_span_context(remote.clone()).attach();
    let carried = stage.play(stage.runtime.spawn(span_context())).unwrap();
    assert_eq!((&carried, carried.is_remote(), carried.trace_state()), (&remote, true, &state));
}
