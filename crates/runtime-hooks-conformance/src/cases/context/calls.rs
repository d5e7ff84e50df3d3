//! The tasks of each call run in the context of their caller: the ids of a span, baggage, or nothing at all.

use std::pin::pin;
use std::thread;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use futures_lite::future::block_on;
use futures_lite::{StreamExt, stream};
use opentelemetry::{Context, ContextGuard};
use runtime_hooks_core::{AsyncioExt, EnsureFuture, ReturnWhen, RuntimeHooksExt, TraceNames};

use crate::tools::ms;
use crate::traces::{Seen, Traces, look, look_blocking, with_user};
use crate::{Harness, Stage};

const LONG: Duration = Duration::from_secs(3_600);

/// A stage on which context is carried and no name is traced.
pub(super) fn on_stage<H: Harness>() -> (Stage<H>, Traces) {
    Traces::on_stage(TraceNames::none())
}

/// Makes three cases per call. Its tasks see the span or the baggage in which they are submitted, or nothing, also if they
/// are awaited in another context.
macro_rules! carried_by {
    ($($span:ident $baggage:ident $nothing:ident: $call:ident;)*) => {$(
        #[doc = concat!("`", stringify!($call), "` in a span: its tasks see that span.")]
        pub fn $span<H: Harness>() {
            let (stage, traces) = on_stage::<H>();
            check(&stage, || traces.in_span("caller"), $call);
        }

        #[doc = concat!("`", stringify!($call), "` with baggage and no span: its tasks see that baggage.")]
        pub fn $baggage<H: Harness>() {
            let (stage, _) = on_stage::<H>();
            check(&stage, || (Seen::user("ada"), with_user("ada")), $call);
        }

        #[doc = concat!("`", stringify!($call), "` without a context, right after a call with one: its tasks see none.")]
        pub fn $nothing<H: Harness>() {
            let (stage, traces) = on_stage::<H>();
            check(&stage, || traces.in_span("caller"), $call);
            check(&stage, || (Seen::nothing(), Context::new().attach()), $call);
        }
    )*};
}

carried_by! {
    spawn_carries_the_callers_span spawn_carries_the_callers_baggage spawn_carries_nothing_without_a_context: spawn;
    named_spawn_carries_the_callers_span named_spawn_carries_the_callers_baggage
        named_spawn_carries_nothing_without_a_context: named;
    spawn_blocking_carries_the_callers_span spawn_blocking_carries_the_callers_baggage
        spawn_blocking_carries_nothing_without_a_context: spawn_blocking;
    timeout_carries_the_callers_span timeout_carries_the_callers_baggage timeout_carries_nothing_without_a_context: timeout;
    gather_carries_the_callers_span gather_carries_the_callers_baggage gather_carries_nothing_without_a_context: gather;
    as_completed_carries_the_callers_span as_completed_carries_the_callers_baggage
        as_completed_carries_nothing_without_a_context: as_completed;
    instrument_carries_the_callers_span instrument_carries_the_callers_baggage
        instrument_carries_nothing_without_a_context: instrument;
    ensure_future_carries_the_callers_span ensure_future_carries_the_callers_baggage
        ensure_future_carries_nothing_without_a_context: ensure_future;
    wait_carries_the_callers_span wait_carries_the_callers_baggage wait_carries_nothing_without_a_context: wait;
    task_group_carries_the_callers_span task_group_carries_the_callers_baggage
        task_group_carries_nothing_without_a_context: task_group;
    spawn_threadsafe_carries_the_callers_span spawn_threadsafe_carries_the_callers_baggage
        spawn_threadsafe_carries_nothing_without_a_context: spawn_threadsafe;
    interval_carries_the_callers_span interval_carries_the_callers_baggage
        interval_carries_nothing_without_a_context: interval;
    block_on_carries_the_callers_span block_on_carries_the_callers_baggage
        block_on_carries_nothing_without_a_context: block_on_it;
}

/// Makes a case per call whose future the caller polls itself. Where a context is current, it sees that one, and not the one
/// in which it is made.
macro_rules! polled_in_place_by {
    ($($case:ident: $call:ident;)*) => {$(
        #[doc = concat!("`", stringify!($call), "` that is made in a span and polled in another: it sees the latter.")]
        pub fn $case<H: Harness>() {
            let (stage, traces) = on_stage::<H>();
            check_polled(&stage, &traces, || traces.in_span("poller"), $call);
            check_polled(&stage, &traces, || (Seen::user("ada"), with_user("ada")), $call);
        }
    )*};
}

polled_in_place_by! {
    timeout_runs_in_the_context_of_its_poll: timeout;
    gather_runs_in_the_context_of_its_poll: gather;
    as_completed_runs_in_the_context_of_its_poll: as_completed;
}

/// Suppression is carried without a span as well.
pub fn suppression_of_telemetry_is_carried<H: Harness>() {
    let (stage, _) = on_stage::<H>();
    let suppressed = || (Seen::suppressed(), Context::new().with_telemetry_suppressed().attach());
    check(&stage, suppressed, spawn);
    check(&stage, suppressed, spawn_blocking);
}

/// Makes the call in this context, and waits for its tasks outside of any context.
fn check<'s, H: Harness, F: Future<Output = Vec<Seen>>>(
    stage: &'s Stage<H>,
    enter: impl FnOnce() -> (Seen, ContextGuard),
    call: impl FnOnce(&'s Stage<H>) -> F,
) {
    let (caller, called) = {
        let (caller, _guard) = enter();
        let called = call(stage);
        assert_eq!(Seen::here(), caller, "the caller's own");
        (caller, called)
    };
    let seen = stage.play(called);
    assert!(!seen.is_empty());
    for task in seen {
        assert_eq!(task, caller);
    }
    assert_eq!(Seen::here(), Seen::nothing(), "afterwards");
}

/// Makes the call in a span, and polls its futures in another context.
fn check_polled<'s, H: Harness, F: Future<Output = Vec<Seen>>>(
    stage: &'s Stage<H>,
    traces: &Traces,
    enter: impl FnOnce() -> (Seen, ContextGuard),
    call: impl FnOnce(&'s Stage<H>) -> F,
) {
    let called = {
        let (_, _guard) = traces.in_span("caller");
        call(stage)
    };
    let (current, _guard) = enter();
    let seen = stage.play(called);
    assert!(!seen.is_empty());
    for task in seen {
        assert_eq!(task, current);
    }
    assert_eq!(Seen::here(), current, "afterwards");
}

/// A future that records the context that it sees, and a receiver of that. The task's handle need not be awaited.
pub(super) fn looking() -> (impl Future<Output = ()> + Send, oneshot::Receiver<Seen>) {
    let (send, seen) = oneshot::channel();
    (async { send.send(look().await).expect("somebody wants to know") }, seen)
}

fn spawn<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    // Each hop could lose the context.
    let (runtime, (nested, seen)) = (stage.runtime.clone(), looking());
    let outer = stage.runtime.spawn(async move {
        let before = look().await;
        drop(runtime.spawn(nested));
        before
    });
    async { vec![outer.await.unwrap(), seen.await.unwrap()] }
}

fn named<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let by_text = stage.runtime.named(format!("task-{}", 2)).spawn(look());
    let named = stage.runtime.named("task").spawn(look());
    async { vec![named.await.unwrap(), by_text.await.unwrap()] }
}

fn spawn_blocking<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let closure = stage.runtime.spawn_blocking(look_blocking);
    let named = stage.runtime.named("closure").spawn_blocking(look_blocking);
    let elsewhere = thread::spawn(stage.runtime.instrument_blocking(look_blocking));
    async { vec![closure.await.unwrap(), named.await.unwrap(), elsewhere.join().unwrap()] }
}

fn timeout<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let within = stage.runtime.timeout(LONG, look());
    let until = stage.runtime.timeout_at(Instant::now() + LONG, look());
    let named = stage.runtime.named("timed").timeout(LONG, look());
    async { vec![within.await.unwrap(), until.await.unwrap(), named.await.unwrap()] }
}

fn instrument<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let (here, elsewhere) = (stage.runtime.instrument(look()), stage.runtime.instrument(look()));
    let elsewhere = thread::spawn(|| block_on(elsewhere)).join().unwrap();
    let mut items = stage.runtime.instrument_stream(stream::repeat_with(Seen::here).take(2));
    async move { vec![here.await, elsewhere, items.next().await.unwrap(), items.next().await.unwrap()] }
}

fn ensure_future<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let task = look().ensure_future(&stage.runtime);
    async { vec![task.await.unwrap()] }
}

fn gather<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let all = stage.runtime.gather([look(), look()]);
    let tried = stage.runtime.try_gather([async { Ok::<_, ()>(look().await) }]);
    async { [all.await, tried.await.unwrap()].concat() }
}

fn wait<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let tasks = [stage.runtime.spawn(look()), stage.runtime.spawn(look())];
    let waits = stage.runtime.wait(tasks, ReturnWhen::AllCompleted, Some(LONG));
    async { waits.await.0.into_iter().map(|(_, seen)| seen.unwrap()).collect() }
}

fn as_completed<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let all = stage.runtime.as_completed([look(), look()]);
    let within = stage.runtime.as_completed_within(LONG, [look()]);
    async {
        let mut seen: Vec<_> = all.collect().await;
        seen.extend(pin!(within).next().await.map(Result::unwrap));
        seen
    }
}

fn task_group<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let group = stage.runtime.task_group::<()>();
    let (handle, (nested, seen)) = (group.handle(), looking());
    let member = group.spawn(async move {
        let before = look().await;
        drop(handle.spawn(async {
            nested.await;
            Ok(())
        }));
        Ok(before)
    });
    async {
        group.join().await.unwrap();
        vec![member.await.unwrap(), seen.await.unwrap()]
    }
}

fn spawn_threadsafe<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    // The thread belongs to no runtime, and is in the caller's context.
    let (runtime, caller, (send, seen)) =
        (stage.runtime.clone(), Context::current(), oneshot::channel());
    thread::spawn(move || {
        let _guard = caller.attach();
        send.send(runtime.spawn_threadsafe(look()).join().unwrap()).unwrap();
    });
    async { vec![seen.await.unwrap()] }
}

fn interval<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    stage.runtime.instrument(async {
        let (mut interval, mut seen) = (stage.runtime.interval(ms(1)), Vec::new());
        for _ in 0..3 {
            interval.tick().await;
            seen.push(Seen::here());
        }
        seen
    })
}

fn block_on_it<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    let seen = stage.runtime.block_on(look());
    async { vec![seen] }
}
