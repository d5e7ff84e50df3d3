//! A context reaches its own task and no other, and each thread keeps its own.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::thread;

use futures_channel::oneshot;
use futures_lite::future::{block_on, yield_now, zip};
use opentelemetry::Context;
use opentelemetry::trace::get_active_span;
use runtime_hooks_core::{Config, ManualClock, RuntimeHooksExt};
use runtime_hooks_otel::ContextTracer;

use super::calls::{looking, on_stage};
use crate::tools::Gate;
use crate::traces::{Seen, look, look_blocking, with_user};
use crate::{Counts, Harness, Stage};

/// While a closure borrows the current context, no other context can become the current one, and none needs to.
pub fn block_on_runs_in_the_callers_context_while_it_is_borrowed<H: Harness>() {
    let (stage, traces) = on_stage::<H>();
    let (caller, _guard) = traces.in_span("caller");
    assert_eq!(Context::map_current(|_| stage.runtime.block_on(look())), caller);
    assert_eq!(get_active_span(|_| stage.runtime.block_on(look())), caller);
}

/// A task that is polled in such a closure cannot enter its context. It runs in the context of the thread.
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

/// After a poll or a closure panics, the thread has its own context again.
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

/// A future keeps its context when another thread polls it. Each thread keeps its own context.
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

/// A nested task sees the current context of its spawner, even if the spawner was spawned in another one.
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

/// An aborted task leaves no context on its thread.
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

/// Once the instrumentor is switched off, a task sees the context of its thread, as on the bare runtime.
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

/// A thousand callers, each with a span and a user, start a task, a nested task and a closure each. No contexts mix.
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

/// A task drops the last reference to a context with a value that panics when it is dropped. The task is not affected.
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
    // A third value would not be carried, and would panic where it is made.
    for number in 0..2 {
        let (go, gate) = oneshot::channel();
        let task = {
            let _attached = Context::new().with_value(Panics).attach();
            stage.runtime.named("task").spawn(async move { (gate.await, number).1 })
        };
        // The gate opens after the guard is dropped, so that the task has the last reference.
        go.send(()).unwrap();
        assert_eq!(stage.play(task).unwrap(), number);
    }
    assert_eq!(stage.counts("task"), Counts::finished(2));
    assert_eq!(stage.recorder.live().len(), 0);
}
