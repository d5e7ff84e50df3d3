//! The recorded calls, written once for all runtimes.
#![cfg_attr(
    not(debug_assertions),
    expect(
        clippy::inline_always,
        reason = "as in `builder`; in a debug build inlining would keep all copies of the future on the stack"
    )
)]

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::Stream;
use runtime_hooks_recorder::internals::Role;
use runtime_hooks_recorder::{GaugeGuard, Name};

use super::builder::TaskBuilder;
use super::in_place::timeout_here;
use crate::box_if_large;
use crate::classify::{AlwaysFinished, ByResult};
use crate::hooks::{
    LocalMode, LocalRuntimeHooks, Mode, RuntimeHooks, SendMode, SpawnLocal, WithInstrumentor,
};
use crate::instrumentor::Instrumentor;
use crate::join::{JoinHandle, LocalJoinHandle, ThreadsafeHandle};
use crate::large::TypeOf;
use crate::settings::{Method, PackedState};
use crate::submit::{is_instrumented, site_of};
use crate::task::{Instrumented, InstrumentedStream, TaskRecord, blocking};
use crate::timeout::{Timeout, around};

/// The methods that both kinds of runtime have.
macro_rules! recording_methods {
    ($new:ident, $mode:ident) => {
        /// Awaits a future with a time limit. If the time elapses first, the task that the future is recorded as ends
        /// in state `timeout`.
        ///
        /// If the future is the handle of a task, only the wait for it ends, and the task continues. The wait is
        /// recorded as a task of its own.
        ///
        /// The future is polled before the timer: a future that is ready is never too late, even if the duration is
        /// zero.
        #[cfg_attr(not(debug_assertions), inline(always))]
        #[track_caller]
        fn timeout<F: Future>(&self, duration: Duration, future: F) -> Timeout<F, Self::Sleep> {
            timeout_here!(TaskBuilder::$new(self), duration, future: F)
        }

        /// As [`timeout`](Self::timeout), with an instant of the runtime's clock `now`. An instant in the past is a
        /// duration of zero.
        #[track_caller]
        fn timeout_at<F: Future>(&self, deadline: Instant, future: F) -> Timeout<F, Self::Sleep> {
            let left = deadline.saturating_duration_since(self.now());
            timeout_here!(TaskBuilder::$new(self), left, future: F)
        }

        /// Records a future that is awaited in place: as a `coroutine` if its type has a name, else as a `future`. It
        /// is submitted now. A future that is already recorded is not recorded again.
        #[cfg_attr(not(debug_assertions), inline(always))]
        #[track_caller]
        fn instrument<F: Future>(&self, future: F) -> Instrumented<F> {
            let (method, role) = (Method::Instrument, Role::Future);
            if TypeOf::<F>::IS_LARGE {
                let record = TaskBuilder::$new(self).submit::<F>(method, role, Location::caller());
                Instrumented { record, classify: AlwaysFinished, inner: future }
            } else if is_instrumented::<F>() {
                Instrumented { record: TaskRecord::off(), classify: AlwaysFinished, inner: future }
            } else {
                match self.instrumentor().state_for(method) {
                    Ok(word) => instrument_small::<$mode, _, _>(self, word, future),
                    Err(record) => Instrumented { record, classify: AlwaysFinished, inner: future },
                }
            }
        }

        /// Records a stream as one task, which ends with the stream. Each call of its `poll_next` is a poll.
        #[track_caller]
        fn instrument_stream<S: Stream>(&self, stream: S) -> InstrumentedStream<S> {
            TaskBuilder::$new(self).instrument_stream(stream)
        }

        /// Records a closure that another thread runs, as a `to_thread` task that is submitted now.
        #[track_caller]
        fn instrument_blocking<F, T>(&self, work: F) -> impl FnOnce() -> T + use<Self, F, T>
        where
            F: FnOnce() -> T,
        {
            let task = TaskBuilder::$new(self);
            let record = task.submit::<F>(Method::Instrument, Role::Blocking, Location::caller());
            blocking(record, AlwaysFinished, work)
        }

        /// Runs a future to completion on this thread, recorded as a `coroutine`.
        #[track_caller]
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            box_if_large!(future: F as of => TaskBuilder::$new(self).block_on_as(of, future))
        }

        /// Sets the recorded name of the next call.
        ///
        /// Each distinct name is a series. Name the kind of work, not the single request.
        fn named(&self, name: impl Into<Name>) -> TaskBuilder<'_, Self, AlwaysFinished, $mode> {
            TaskBuilder::$new(self).named(name)
        }

        /// Records the next call by its result. An `Err` counts as an `exception` of the error's type, or as a
        /// `timeout` if an elapsed deadline caused it.
        fn by_result(&self) -> TaskBuilder<'_, Self, ByResult, $mode> {
            TaskBuilder::$new(self).by_result()
        }

        /// Records the next call by its output, using this [`Classify`](crate::Classify).
        fn with_classifier<C>(&self, classify: C) -> TaskBuilder<'_, Self, C, $mode> {
            TaskBuilder::$new(self).with_classifier(classify)
        }

        /// The same runtime with another instrumentor than the global one: for tests, or to record a part of a
        /// program separately.
        fn with_instrumentor(&self, instrumentor: Arc<Instrumentor>) -> WithInstrumentor<Self> {
            WithInstrumentor::new(self.clone(), instrumentor)
        }
    };
}

/// Recorded calls that spawn, run, limit and instrument tasks. Every [`RuntimeHooks`] has them.
///
/// [docs/semantics.md](https://github.com/runtime-hooks/runtime-hooks/blob/main/docs/semantics.md) describes what is
/// recorded of a task and under which name. Call [`named`](Self::named) before another call to set the name, or
/// [`by_result`](Self::by_result) to count an `Err` as an exception. The other calls of `asyncio` are in
/// [`AsyncioExt`](crate::AsyncioExt).
///
/// ```
/// # use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt, JoinError};
/// use std::time::Duration;
///
/// async fn fetch(url: &'static str) -> usize {
///     url.len()
/// }
///
/// # async fn example<R: RuntimeHooks>(runtime: R) -> Result<(), Box<dyn std::error::Error>> {
/// let length = runtime.spawn(fetch("a.rs")).await?; // recorded as `fetch`
/// let upper = runtime.spawn_blocking(|| "done".to_uppercase()).await?;
/// let in_time = runtime.timeout(Duration::from_secs(1), fetch("b.rs")).await?;
/// let named = runtime.named("refresh").spawn(async { 1 }).await?;
/// let parsed = runtime.named("parse").by_result().spawn(async { "7".parse::<u32>() }).await?;
/// # Ok(())
/// # }
/// ```
pub trait RuntimeHooksExt: RuntimeHooks {
    /// Runs a future as a task, recorded as a `coroutine` with the name of the future.
    #[track_caller]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output, Self>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        box_if_large!(future: F as of => {
            TaskBuilder::unnamed(self).spawn_as(of, Method::Spawn, future)
        })
    }

    /// As [`spawn`](Self::spawn), for a future that stays on this thread.
    ///
    /// # Panics
    ///
    /// If the runtime cannot run such tasks, for example tokio outside a `LocalSet`.
    #[track_caller]
    fn spawn_local<F>(&self, future: F) -> LocalJoinHandle<F::Output, Self>
    where
        Self: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
    {
        box_if_large!(future: F as of => {
            TaskBuilder::unnamed(self).spawn_local_as(of, Method::SpawnLocal, future)
        })
    }

    /// As [`spawn`](Self::spawn), for threads without async code: the handle blocks.
    #[track_caller]
    fn spawn_threadsafe<F>(&self, future: F) -> ThreadsafeHandle<F::Output, Self>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        box_if_large!(future: F as of => {
            let task = TaskBuilder::unnamed(self);
            ThreadsafeHandle::new(task.spawn_as(of, Method::SpawnThreadsafe, future))
        })
    }

    /// Runs a closure on a thread where it may block, recorded as a `to_thread` task. Its wait for a thread is its
    /// schedule delay, and its run is its only poll.
    #[track_caller]
    fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T, Self>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        box_if_large!(fn work: F as of => {
            TaskBuilder::unnamed(self).spawn_blocking_as(of, work)
        })
    }

    recording_methods!(unnamed, SendMode);

    /// Adds this runtime's gauges to the snapshots of its recorder, until the guard is dropped.
    ///
    /// Runtimes of tokio do not need it: whichever recorder is installed reads their gauges. The guard then does
    /// nothing, unless this runtime has an instrumentor of its own.
    fn watch(&self) -> GaugeGuard {
        let runtime = self.clone();
        if self.reports_gauges() && std::ptr::eq(self.instrumentor(), Instrumentor::global()) {
            return GaugeGuard::without_source(&self.instrumentor().recorder());
        }
        self.instrumentor().recorder().watch(self.name(), move || runtime.gauges())
    }
}

impl<R: RuntimeHooks> RuntimeHooksExt for R {}

/// [`RuntimeHooksExt`] for a [`LocalRuntimeHooks`]: a runtime that is bound to one thread, or borrowed.
pub trait LocalRuntimeHooksExt: LocalRuntimeHooks {
    /// Runs a future as a task on this thread, recorded as a `coroutine` with the name of the future.
    #[track_caller]
    fn spawn_local<F>(&self, future: F) -> LocalJoinHandle<F::Output, Self>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        box_if_large!(future: F as of => {
            TaskBuilder::local(self).spawn_local_as(of, Method::SpawnLocal, future)
        })
    }

    /// As [`RuntimeHooksExt::spawn_blocking`].
    #[track_caller]
    fn spawn_blocking<F, T>(&self, work: F) -> LocalJoinHandle<T, Self>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        box_if_large!(fn work: F as of => {
            TaskBuilder::local(self).spawn_blocking_as(of, work)
        })
    }

    recording_methods!(local, LocalMode);
}

impl<R: LocalRuntimeHooks> LocalRuntimeHooksExt for R {}

/// A separate function: what it has on the stack must not remain there while a future is polled that awaits the
/// returned one, once per level of nesting.
#[inline(never)]
#[track_caller]
fn instrument_small<M: Mode<R>, R, F>(
    runtime: &R,
    word: PackedState,
    future: F,
) -> Instrumented<F> {
    let site = site_of::<F>(None, Role::Future, M::name(runtime), Location::caller());
    let record = M::instrumentor(runtime).submit_on(word, Method::Instrument, &site);
    Instrumented { record, classify: AlwaysFinished, inner: future }
}
