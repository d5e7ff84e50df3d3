//! What users call: the same on every runtime, because it is written once.
#![cfg_attr(
    not(debug_assertions),
    expect(
        clippy::inline_always,
        reason = "as in `task_builder`; a debug build would keep its copies of the future"
    )
)]

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::task_builder::{all, members_here, site_of, timeout_here, within_here};
use super::{RuntimeHooks, SpawnLocal, TaskBuilder, TypeOf, WithInstrumentor};
use crate::box_if_large;
use crate::calls::{
    AsCompleted, AsCompletedWithin, Gather, Interval, ReturnWhen, ThreadsafeHandle, Timeout,
    TryGather, Wait, around,
};
use crate::classify::{AlwaysFinished, ByResult};
use crate::instrumentor::{Instrumentor, Method, PackedState};
use crate::name::{Name, Role};
use crate::recorder::GaugeGuard;
use crate::task::{Instrumented, JoinHandle, Probe, blocking, is_instrumented};
use crate::task_group::TaskGroup;

/// Spawns, blocking calls, timeouts and groups, recorded. Every [`RuntimeHooks`] has it.
///
/// See the [crate's documentation](crate) for what is recorded of a process, and under which name.
/// [`named`](Self::named) before a call chooses the name, [`by_result`](Self::by_result) has an `Err`
/// counted as an exception; both can be said of any call that records.
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
/// let shout = runtime.spawn_blocking(|| "done".to_uppercase()).await?;
/// let in_time = runtime.timeout(Duration::from_secs(1), fetch("b.rs")).await?;
/// let all = runtime.gather(["c.rs", "d.rs"].map(fetch)).await; // at once, each recorded
/// let named = runtime.named("refresh").spawn(async { 1 }).await?;
/// let parsed = runtime.named("parse").by_result().spawn(async { "7".parse::<u32>() }).await?;
/// # Ok(())
/// # }
/// ```
pub trait RuntimeHooksExt: RuntimeHooks {
    /// Runs a future as a task: a `coroutine` named after it.
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
    /// Where the runtime has no place for such tasks here: tokio outside a `LocalSet`.
    #[track_caller]
    fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output, Self>
    where
        Self: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
    {
        box_if_large!(future: F as of => {
            TaskBuilder::unnamed(self).spawn_local_as(of, Method::SpawnLocal, future)
        })
    }

    /// As [`spawn`](Self::spawn), for threads that run no async code: the handle blocks.
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

    /// Runs a closure where it may block: a `to_thread` process, whose wait for a thread is its
    /// schedule delay and whose run is its one poll.
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

    /// Gives a future this long to complete. The process it is recorded as ends in state `timeout`
    /// if that is not enough; else as the future does.
    ///
    /// The future is polled first: one that is ready is never too late, however short the time.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn timeout<F: Future>(&self, duration: Duration, future: F) -> Timeout<F, Self::Sleep> {
        timeout_here!(TaskBuilder::unnamed(self), duration, future: F)
    }

    /// As [`timeout`](Self::timeout), until a point in the runtime's time: see
    /// [`now`](RuntimeHooks::now). One that has passed is no time at all.
    #[track_caller]
    fn timeout_at<F: Future>(&self, deadline: Instant, future: F) -> Timeout<F, Self::Sleep> {
        let left = deadline.saturating_duration_since(self.now());
        timeout_here!(TaskBuilder::unnamed(self), left, future: F)
    }

    /// Records a future that is awaited in place: a `coroutine` if its type has a name, else a
    /// `future`. Its life starts now. One that records itself already is left as it is.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn instrument<F: Future>(&self, future: F) -> Instrumented<F> {
        let (method, role) = (Method::Instrument, Role::Future);
        if TypeOf::<F>::IS_LARGE {
            let probe = TaskBuilder::unnamed(self).submit::<F>(method, role, Location::caller());
            Instrumented { probe, classify: AlwaysFinished, inner: future }
        } else if is_instrumented::<F>() {
            Instrumented { probe: Probe::off(), classify: AlwaysFinished, inner: future }
        } else {
            match self.instrumentor().word_of(method) {
                Ok(word) => instrument_small(self, word, future),
                Err(probe) => Instrumented { probe, classify: AlwaysFinished, inner: future },
            }
        }
    }

    /// Records a closure that somebody else's thread runs: a `to_thread` process, submitted now.
    #[track_caller]
    fn instrument_blocking<F, T>(&self, work: F) -> impl FnOnce() -> T + use<Self, F, T>
    where
        F: FnOnce() -> T,
    {
        let task = TaskBuilder::unnamed(self);
        let probe = task.submit::<F>(Method::Instrument, Role::Blocking, Location::caller());
        blocking(probe, AlwaysFinished, work)
    }

    /// Runs a future on this thread, to its end: a `coroutine`, as if it had been spawned.
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        box_if_large!(future: F as of => TaskBuilder::unnamed(self).block_on_as(of, future))
    }

    /// Awaits several at once, in place: their outputs, errors among them, in the order given.
    ///
    /// Members are futures, which may borrow and are each recorded as by
    /// [`instrument`](Self::instrument), or handles of tasks, which are recorded already and run in
    /// parallel. When it is dropped, futures are cancelled and tasks go on.
    ///
    /// ```
    /// # use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt};
    /// # async fn fetch(url: &str) -> usize { url.len() }
    /// # async fn example<R: RuntimeHooks>(runtime: R, urls: &[&'static str]) {
    /// let in_turn: Vec<usize> = runtime.gather(urls.iter().map(|url| fetch(url))).await;
    /// let in_parallel = runtime.gather(urls.iter().map(|url| runtime.spawn(fetch(url)))).await;
    /// # }
    /// ```
    #[track_caller]
    fn gather<I>(&self, members: I) -> Gather<Instrumented<I::Item>>
    where
        I: IntoIterator<Item: Future>,
    {
        members_here!(Gather::new, TaskBuilder::unnamed(self), Method::Gather, members: I)
    }

    /// As [`gather`](Self::gather), until the first error, which is then all there is: the futures
    /// among the other members are cancelled, the tasks go on.
    #[track_caller]
    fn try_gather<I, T, E>(&self, members: I) -> TryGather<Instrumented<I::Item>>
    where
        I: IntoIterator<Item: Future<Output = Result<T, E>>>,
    {
        members_here!(TryGather::new, TaskBuilder::unnamed(self), Method::Gather, members: I)
    }

    /// Waits for some of several tasks or for all, as `when` says, and no longer than `timeout`:
    /// `(done, pending)`, both in the order given, and what is done with its place.
    ///
    /// Records nothing: tasks are recorded already. It takes other futures too whose output is a
    /// `Result`, if they are `Unpin` (`Box::pin`); to have them recorded,
    /// [`instrument`](Self::instrument) them. Waiting cancels nothing, and neither does its end.
    ///
    /// ```
    /// # use runtime_hooks_core::{ReturnWhen, RuntimeHooks, RuntimeHooksExt};
    /// # async fn fetch(url: &str) -> usize { url.len() }
    /// # async fn example<R: RuntimeHooks>(runtime: R) {
    /// let tasks = ["a", "b"].map(|url| runtime.spawn(fetch(url)));
    /// let (done, pending) = runtime.wait(tasks, ReturnWhen::FirstCompleted, None).await;
    /// pending.iter().for_each(|task| task.abort());
    /// # }
    /// ```
    fn wait<I, T, E>(
        &self,
        tasks: I,
        when: ReturnWhen,
        timeout: Option<Duration>,
    ) -> Wait<I::Item, Self::Sleep>
    where
        I: IntoIterator<Item: Future<Output = Result<T, E>> + Unpin>,
    {
        Wait::new(tasks, when, timeout.map(|timeout| self.sleep(timeout)))
    }

    /// Awaits several at once, in place: a stream of their outputs as they come. Members are as those
    /// of [`gather`](Self::gather).
    #[track_caller]
    fn as_completed<I>(&self, members: I) -> AsCompleted<Instrumented<I::Item>>
    where
        I: IntoIterator<Item: Future>,
    {
        let task = TaskBuilder::unnamed(self);
        members_here!(AsCompleted::new, task, Method::AsCompleted, members: I)
    }

    /// As [`as_completed`](Self::as_completed), for so long: then the stream yields one `Err` and
    /// ends. Futures that are pending by then end in state `timeout`, tasks go on.
    #[track_caller]
    fn as_completed_within<I>(
        &self,
        duration: Duration,
        members: I,
    ) -> AsCompletedWithin<I::Item, Self::Sleep, AlwaysFinished>
    where
        I: IntoIterator<Item: Future>,
    {
        within_here!(TaskBuilder::unnamed(self), duration, members: I)
    }

    /// A group of tasks that end together: the first failure cancels the rest.
    fn task_group<E>(&self) -> TaskGroup<Self, E> {
        TaskBuilder::unnamed(self).task_group()
    }

    /// A tick every `period`, the first at once. Records nothing.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[track_caller]
    fn interval(&self, period: Duration) -> Interval<Self> {
        Interval::new(self.clone(), period)
    }

    /// Gives the next call a name of your choice.
    ///
    /// Names are series: they say what the work is, not which request it is for.
    fn named(&self, name: impl Into<Name>) -> TaskBuilder<'_, Self> {
        TaskBuilder::unnamed(self).named(name)
    }

    /// Has the next call recorded by its result: an `Err` is an `exception` of the error's type, or a
    /// `timeout` if an elapsed deadline is its cause.
    fn by_result(&self) -> TaskBuilder<'_, Self, ByResult> {
        TaskBuilder::unnamed(self).by_result()
    }

    /// Has the next call recorded by its output, as this [`Classify`](crate::Classify) reads it.
    fn with_classifier<C>(&self, classify: C) -> TaskBuilder<'_, Self, C> {
        TaskBuilder::unnamed(self).with_classifier(classify)
    }

    /// The same runtime, recorded by another instrumentor than the process's: for tests, or for a
    /// part of a program that is to be looked at on its own.
    fn with_instrumentor(&self, instrumentor: Arc<Instrumentor>) -> WithInstrumentor<Self> {
        WithInstrumentor::new(self.clone(), instrumentor)
    }

    /// Shows this runtime's own gauges in the snapshots of its recorder, until the guard is dropped.
    fn watch(&self) -> GaugeGuard
    where
        Self: Send + Sync + 'static,
    {
        let runtime = self.clone();
        self.instrumentor().recorder().watch(self.name(), move || runtime.gauges())
    }
}

impl<R: RuntimeHooks> RuntimeHooksExt for R {}

/// A call of its own: what it has on the stack is not there, once for each level, while a future is polled that awaits
/// what it made.
#[inline(never)]
#[track_caller]
fn instrument_small<R: RuntimeHooks, F>(
    runtime: &R,
    word: PackedState,
    future: F,
) -> Instrumented<F> {
    let site = site_of::<F>(None, Role::Future, runtime.name(), Location::caller());
    let probe = runtime.instrumentor().submit_on(word, Method::Instrument, &site);
    Instrumented { probe, classify: AlwaysFinished, inner: future }
}
