//! The caller's OpenTelemetry context, in every call: a span, baggage, or nothing at all.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use futures_lite::StreamExt;
use futures_lite::future::{block_on, yield_now, zip};
use opentelemetry::trace::get_active_span;
use opentelemetry::{Context, ContextGuard};
use runtime_hooks_core::{
    AsyncioExt, Config, EnsureFuture, ManualClock, ReturnWhen, RuntimeHooksExt, TraceNames,
};
use runtime_hooks_otel::ContextTracer;

use crate::tools::{Gate, ms};
use crate::traces::{Seen, Traces, look, look_blocking, with_user};
use crate::{Counts, Harness, Stage};

const LONG: Duration = Duration::from_secs(3_600);

fn on_stage<H: Harness>() -> (Stage<H>, Traces) {
    Traces::on_stage(TraceNames::none())
}

/// Three cases of a call: its processes see the span that they are submitted in, its baggage, or nothing, also if they
/// are awaited elsewhere.
macro_rules! carried_by {
    ($($span:ident $baggage:ident $nothing:ident: $call:ident;)*) => {$(
        #[doc = concat!("`", stringify!($call), "` in a span.")]
        pub fn $span<H: Harness>() {
            let (stage, traces) = on_stage::<H>();
            check(&stage, || traces.in_span("caller"), $call);
        }

        #[doc = concat!("`", stringify!($call), "` with baggage and no span.")]
        pub fn $baggage<H: Harness>() {
            let (stage, _) = on_stage::<H>();
            check(&stage, || (Seen::user("ada"), with_user("ada")), $call);
        }

        #[doc = concat!("`", stringify!($call), "` without any context, right after one with.")]
        pub fn $nothing<H: Harness>() {
            let (stage, traces) = on_stage::<H>();
            check(&stage, || traces.in_span("caller"), $call);
            check(&stage, || (Seen::nothing(), Context::new().attach()), $call);
        }
    )*};
}

/// Makes the call in this context, and waits for what comes of it in none.
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
    for process in seen {
        assert_eq!(process, caller);
    }
    assert_eq!(Seen::here(), Seen::nothing(), "afterwards");
}

/// A look around for a task whose handle need not be awaited, and what it saw.
fn looking() -> (impl Future<Output = ()> + Send, oneshot::Receiver<Seen>) {
    let (send, seen) = oneshot::channel();
    (async { send.send(look().await).expect("somebody wants to know") }, seen)
}

carried_by! {
    spawn_carries_the_callers_span spawn_carries_the_callers_baggage spawn_carries_nothing_without_a_context: spawn;
    named_spawn_carries_the_callers_span named_spawn_carries_the_callers_baggage
        named_spawn_carries_nothing_without_a_context: named;
    spawn_blocking_carries_the_callers_span spawn_blocking_carries_the_callers_baggage
        spawn_blocking_carries_nothing_without_a_context: spawn_blocking;
    timeout_carries_the_callers_span timeout_carries_the_callers_baggage timeout_carries_nothing_without_a_context: timeout;
    instrument_carries_the_callers_span instrument_carries_the_callers_baggage
        instrument_carries_nothing_without_a_context: instrument;
    ensure_future_carries_the_callers_span ensure_future_carries_the_callers_baggage
        ensure_future_carries_nothing_without_a_context: ensure_future;
    gather_carries_the_callers_span gather_carries_the_callers_baggage gather_carries_nothing_without_a_context: gather;
    wait_carries_the_callers_span wait_carries_the_callers_baggage wait_carries_nothing_without_a_context: wait;
    as_completed_carries_the_callers_span as_completed_carries_the_callers_baggage
        as_completed_carries_nothing_without_a_context: as_completed;
    task_group_carries_the_callers_span task_group_carries_the_callers_baggage
        task_group_carries_nothing_without_a_context: task_group;
    spawn_threadsafe_carries_the_callers_span spawn_threadsafe_carries_the_callers_baggage
        spawn_threadsafe_carries_nothing_without_a_context: spawn_threadsafe;
    interval_carries_the_callers_span interval_carries_the_callers_baggage
        interval_carries_nothing_without_a_context: interval;
    block_on_carries_the_callers_span block_on_carries_the_callers_baggage
        block_on_carries_nothing_without_a_context: block_on_it;
}

fn spawn<H: Harness>(stage: &Stage<H>) -> impl Future<Output = Vec<Seen>> {
    // Each hop is one more chance to lose it.
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
    async { vec![here.await, elsewhere] }
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
    // From a thread of no runtime, in the caller's context.
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

/// In a closure that looks at the current context no other can be made the current one, and none needs to be.
pub fn block_on_runs_in_the_callers_context_while_it_is_borrowed<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (caller, _guard) = traces.in_span("caller");
    assert_eq!(Context::map_current(|_| stage.runtime.block_on(look())), caller);
    assert_eq!(get_active_span(|_| stage.runtime.block_on(look())), caller);
}

/// What carries a context is polled in such a closure: it runs, in the context that there is.
pub fn a_task_polled_while_the_context_is_borrowed_runs_in_its_threads_context<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (caller, guard) = traces.in_span("caller");
    let carries =
        || stage.runtime.instrument(async { zip(look(), stage.runtime.instrument(look())).await });
    let (there, here) = (carries(), carries());
    drop(guard);
    let _guard = with_user("ada");
    let ada = Seen::user("ada");
    assert_eq!(Context::map_current(|_| block_on(there)), (ada.clone(), ada.clone()));
    assert_eq!(block_on(here), (caller.clone(), caller), "as ever where it is not borrowed");
    assert_eq!(Seen::here(), ada);
}

/// And so is everything that is said of no span at all.
pub fn suppression_of_telemetry_is_carried<H: Harness>() {
    let (stage, _) = on_stage::<H>();
    let suppressed = || (Seen::suppressed(), Context::new().with_telemetry_suppressed().attach());
    check(&stage, suppressed, spawn);
    check(&stage, suppressed, spawn_blocking);
}

/// A thread has its own context back also when a poll or a closure panics.
pub fn the_threads_context_is_restored_after_a_panic<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let here = Seen::here();
    let (span, guard) = traces.in_span("caller");
    let mut panics = pin!(stage.runtime.instrument(async {
        yield_now().await;
        panic!("on purpose");
    }));
    let closure = stage.runtime.instrument_blocking(|| panic!("on purpose"));
    drop(guard);
    let mut cx = TaskContext::from_waker(Waker::noop());
    assert!(panics.as_mut().poll(&mut cx).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| panics.as_mut().poll(&mut cx))).is_err());
    assert_eq!(Seen::here(), here);
    assert!(catch_unwind(AssertUnwindSafe(closure)).is_err());
    assert_eq!(Seen::here(), here);
    assert_ne!(span, here);
}

/// Two futures of different callers, polled in turn by one task: each sees its own, and the task sees its own.
pub fn two_futures_polled_in_turn_keep_their_contexts<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let call = |name| {
        let (span, _guard) = traces.in_span(name);
        let turns = async move {
            for _ in 0..10 {
                assert_eq!(Seen::here(), span);
                yield_now().await;
            }
        };
        stage.runtime.instrument(turns)
    };
    let (one, other) = (call("one"), call("other"));
    let _guard = with_user("ada");
    stage.play(async {
        let mut both = pin!(zip(one, other));
        poll_fn(|cx| {
            let polled = both.as_mut().poll(cx);
            assert_eq!(Seen::here(), Seen::user("ada"));
            polled
        })
        .await;
    });
}

/// A future that is polled by one thread after the other takes its context along, and leaves each thread its own.
pub fn a_context_moves_with_its_future_between_threads<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (span, guard) = traces.in_span("caller");
    let (gate, expected) = (Gate::default(), span.clone());
    let waiting = gate.clone();
    let mut hops: Pin<Box<dyn Future<Output = ()> + Send>> =
        Box::pin(stage.runtime.instrument(async move {
            for _ in 0..4 {
                assert_eq!(Seen::here(), expected);
                yield_now().await;
            }
            waiting.passed().await;
            assert_eq!(Seen::here(), expected);
        }));
    drop(guard);
    for _ in 0..5 {
        hops = thread::spawn(move || {
            let _guard = with_user("somebody else");
            let mut cx = TaskContext::from_waker(Waker::noop());
            assert_eq!(hops.as_mut().poll(&mut cx), Poll::Pending);
            assert_eq!(Seen::here(), Seen::user("somebody else"));
            hops
        })
        .join()
        .unwrap();
    }
    gate.open();
    stage.play(hops);
}

/// What a nested task sees is what its spawner is in, also where that is not what the spawner's own spawner was in.
pub fn a_nested_task_has_the_context_of_its_spawner<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (runtime, guard) = (stage.runtime.clone(), with_user("ada"));
    let outer = stage.runtime.spawn(async move {
        let (nested, seen) = looking();
        let inner = {
            let (inner, _guard) = traces.in_span("inner");
            drop(runtime.spawn(nested));
            inner
        };
        (seen.await.unwrap() == inner, look().await)
    });
    drop(guard);
    assert_eq!(stage.play(outer).unwrap(), (true, Seen::user("ada")));
}

/// A task that is aborted leaves nothing behind on its thread.
pub fn an_aborted_task_leaves_no_context_on_its_thread<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let aborted = {
        let (_, _guard) = traces.in_span("caller");
        stage.runtime.spawn(async {
            look().await;
            pending::<()>().await;
        })
    };
    stage.play(async {
        aborted.abort();
        assert!(aborted.await.is_err());
        assert_eq!(stage.runtime.spawn(look()).await.unwrap(), Seen::nothing());
    });
}

/// Switched off, a process sees what its thread is in, as on the bare runtime.
pub fn an_instrumentor_that_is_off_carries_no_context<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let before = {
        let (_, _guard) = traces.in_span("caller");
        let before = stage.runtime.instrument(look());
        stage.instrumentor.uninstall();
        (before, stage.runtime.instrument(look()))
    };
    let (in_flight, new) = before;
    assert_ne!(stage.play(in_flight), Seen::nothing());
    assert_eq!(stage.play(new), Seen::nothing());
}

/// A thousand callers, each with a span and a user, over a task, a nested task and a closure.
pub fn contexts_of_a_thousand_callers_do_not_mix<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let gate = Gate::default();
    let mut tasks = Vec::new();
    for _ in 0..1_000 {
        let (runtime, start) = (stage.runtime.clone(), gate.clone());
        let (caller, _guard) = traces.in_span("caller");
        let task = stage.runtime.spawn(async move {
            start.passed().await;
            let (send, blocking) = oneshot::channel();
            let closure =
                runtime.spawn_blocking(move || send.send(look_blocking()).expect("it waits"));
            let nested = runtime.instrument(look()).await;
            closure.await.unwrap();
            [look().await, nested, blocking.await.unwrap()]
        });
        tasks.push((caller, task));
    }
    gate.open();
    stage.play(async {
        for (caller, task) in tasks {
            assert_eq!(task.await.unwrap(), [caller.clone(), caller.clone(), caller]);
        }
    });
    assert_eq!(stage.snapshot().active(), 0);
}

/// A context whose last holder is a task.
pub fn a_context_value_that_panics_when_dropped_changes_no_task<H: Harness>() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a hostile value");
        }
    }
    let tracer = Arc::new(ContextTracer::new().with_value::<Panics>());
    let config = Config::new().live(true).tracer(tracer);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    // A third would not be carried: it would panic where it is made.
    for number in 0..2 {
        let (go, gate) = oneshot::channel();
        let task = {
            let _attached = Context::new().with_value(Panics).attach();
            stage.runtime.named("task").spawn(async move { (gate.await, number).1 })
        };
        // Only now, so that the task is the last holder.
        go.send(()).unwrap();
        assert_eq!(stage.play(task).unwrap(), number);
    }
    assert_eq!(stage.counts("task"), Counts::finished(2));
    assert_eq!(stage.recorder.live().len(), 0);
}
