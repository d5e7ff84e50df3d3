//! One call, with or without a name: where every process is submitted.
#![expect(
    clippy::inline_always,
    reason = "what a handle or a timeout passes through on its way out: through memory, each step costs 5 ns"
)]

use std::any::type_name;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::{RuntimeHooks, SpawnLocal};
use crate::calls::{
    AsCompleted, AsCompletedWithin, Deadlined, Gather, ThreadsafeHandle, Timeout, TryGather,
};
use crate::classify::{ByResult, Classify, Returned};
use crate::instrumentor::{Instrumentor, Method};
use crate::name::{Name, Role, Site};
use crate::task::{Instrumented, JoinHandle, Probe, blocking, is_instrumented, is_recorded};
use crate::task_group::TaskGroup;

/// A call with a name, or with a word on how its output is to be read: made by
/// [`RuntimeHooksExt::task`](crate::RuntimeHooksExt::task),
/// [`by_result`](crate::RuntimeHooksExt::by_result) and
/// [`classified_by`](crate::RuntimeHooksExt::classified_by), and spent by the method that is meant.
#[derive(Clone, Debug)]
#[must_use = "this alone does nothing: call `spawn` or another method on it"]
pub struct TaskBuilder<'r, R, C = Returned> {
    runtime: &'r R,
    name: Option<Name>,
    classify: C,
}

impl<'r, R: RuntimeHooks> TaskBuilder<'r, R> {
    pub(crate) fn unnamed(runtime: &'r R) -> Self {
        Self { runtime, name: None, classify: Returned }
    }
}

impl<'r, R: RuntimeHooks, C> TaskBuilder<'r, R, C> {
    /// As [`RuntimeHooksExt::task`](crate::RuntimeHooksExt::task).
    pub fn task(self, name: impl Into<Name>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// As [`RuntimeHooksExt::by_result`](crate::RuntimeHooksExt::by_result).
    pub fn by_result(self) -> TaskBuilder<'r, R, ByResult> {
        let is_elapsed = self.runtime.is_elapsed();
        self.classified_by(ByResult::new(is_elapsed))
    }

    /// As [`RuntimeHooksExt::classified_by`](crate::RuntimeHooksExt::classified_by).
    pub fn classified_by<D>(self, classify: D) -> TaskBuilder<'r, R, D> {
        let Self { runtime, name, .. } = self;
        TaskBuilder { runtime, name, classify }
    }

    /// As [`RuntimeHooksExt::spawn`](crate::RuntimeHooksExt::spawn).
    #[inline(always)]
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output, R>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        C: Classify<F::Output> + Send + 'static,
    {
        self.spawn_as(Method::Spawn, future)
    }

    #[inline(always)]
    #[track_caller]
    pub(crate) fn spawn_as<F>(self, method: Method, future: F) -> JoinHandle<F::Output, R>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        C: Classify<F::Output> + Send + 'static,
    {
        let probe = self.submit::<F>(method, Role::Task, Location::caller());
        JoinHandle::new(self.runtime.raw_spawn(Instrumented::new(probe, self.classify, future)))
    }

    /// As [`RuntimeHooksExt::spawn_local`](crate::RuntimeHooksExt::spawn_local).
    #[inline]
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> JoinHandle<F::Output, R>
    where
        R: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
        C: Classify<F::Output> + 'static,
    {
        self.spawn_local_as(Method::SpawnLocal, future)
    }

    #[inline]
    #[track_caller]
    pub(crate) fn spawn_local_as<F>(self, method: Method, future: F) -> JoinHandle<F::Output, R>
    where
        R: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
        C: Classify<F::Output> + 'static,
    {
        let probe = self.submit::<F>(method, Role::Task, Location::caller());
        let future = Instrumented::new(probe, self.classify, future);
        JoinHandle::new(self.runtime.raw_spawn_local(future))
    }

    /// As [`RuntimeHooksExt::spawn_threadsafe`](crate::RuntimeHooksExt::spawn_threadsafe).
    #[track_caller]
    pub fn spawn_threadsafe<F>(self, future: F) -> ThreadsafeHandle<F::Output, R>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        C: Classify<F::Output> + Send + 'static,
    {
        ThreadsafeHandle::new(self.spawn_as(Method::SpawnThreadsafe, future))
    }

    /// As [`RuntimeHooksExt::spawn_blocking`](crate::RuntimeHooksExt::spawn_blocking).
    #[inline]
    #[track_caller]
    pub fn spawn_blocking<F, T>(self, work: F) -> JoinHandle<T, R>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
        C: Classify<T> + Send + 'static,
    {
        let probe = self.submit::<F>(Method::SpawnBlocking, Role::Blocking, Location::caller());
        JoinHandle::new(self.runtime.raw_spawn_blocking(blocking(probe, self.classify, work)))
    }

    /// As [`RuntimeHooksExt::timeout`](crate::RuntimeHooksExt::timeout).
    #[inline(always)]
    #[track_caller]
    pub fn timeout<F>(self, duration: Duration, future: F) -> Timeout<F, R::Sleep, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let probe = self.submit::<F>(Method::Timeout, Role::Future, Location::caller());
        let future = Instrumented::new(probe, self.classify, future);
        Timeout::new(future, self.runtime.sleep(duration), duration)
    }

    /// As [`RuntimeHooksExt::timeout_at`](crate::RuntimeHooksExt::timeout_at).
    #[track_caller]
    pub fn timeout_at<F>(self, deadline: Instant, future: F) -> Timeout<F, R::Sleep, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let left = deadline.saturating_duration_since(self.runtime.now());
        self.timeout(left, future)
    }

    /// As [`RuntimeHooksExt::instrument`](crate::RuntimeHooksExt::instrument).
    #[track_caller]
    pub fn instrument<F>(self, future: F) -> Instrumented<F, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let probe = self.submit::<F>(Method::Instrument, Role::Future, Location::caller());
        Instrumented::new(probe, self.classify, future)
    }

    /// As [`RuntimeHooksExt::instrument_blocking`](crate::RuntimeHooksExt::instrument_blocking).
    #[track_caller]
    pub fn instrument_blocking<F, T>(self, work: F) -> impl FnOnce() -> T + use<R, C, F, T>
    where
        F: FnOnce() -> T,
        C: Classify<T>,
    {
        let probe = self.submit::<F>(Method::Instrument, Role::Blocking, Location::caller());
        blocking(probe, self.classify, work)
    }

    /// As [`RuntimeHooksExt::block_on`](crate::RuntimeHooksExt::block_on).
    #[track_caller]
    pub fn block_on<F>(self, future: F) -> F::Output
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let probe = self.submit::<F>(Method::BlockOn, Role::Task, Location::caller());
        self.runtime.raw_block_on(Instrumented::new(probe, self.classify, future))
    }

    /// As [`RuntimeHooksExt::gather`](crate::RuntimeHooksExt::gather).
    #[track_caller]
    pub fn gather<I>(self, members: I) -> Gather<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        Gather::new(self.members(Method::Gather, members, Location::caller()))
    }

    /// As [`RuntimeHooksExt::try_gather`](crate::RuntimeHooksExt::try_gather).
    #[track_caller]
    pub fn try_gather<I, T, E>(self, members: I) -> TryGather<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future<Output = Result<T, E>>>,
        C: Classify<Result<T, E>> + Clone,
    {
        TryGather::new(self.members(Method::Gather, members, Location::caller()))
    }

    /// As [`RuntimeHooksExt::as_completed`](crate::RuntimeHooksExt::as_completed).
    #[track_caller]
    pub fn as_completed<I>(self, members: I) -> AsCompleted<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        AsCompleted::new(self.members(Method::AsCompleted, members, Location::caller()))
    }

    /// As [`RuntimeHooksExt::as_completed_within`](crate::RuntimeHooksExt::as_completed_within).
    #[track_caller]
    pub fn as_completed_within<I>(
        self,
        duration: Duration,
        members: I,
    ) -> AsCompletedWithin<I::Item, R::Sleep, C>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        let sleep = self.runtime.sleep(duration);
        let members = self.members(Method::AsCompleted, members, Location::caller());
        AsCompletedWithin::new(members.map(Deadlined::new), sleep, duration)
    }

    /// As [`RuntimeHooksExt::task_group`](crate::RuntimeHooksExt::task_group).
    pub fn task_group<E>(self) -> TaskGroup<R, E, C> {
        TaskGroup::new(self.runtime.clone(), self.name, self.classify)
    }

    /// Futures that are awaited together, each submitted when its turn comes.
    fn members<I>(
        self,
        method: Method,
        members: I,
        location: &'static Location<'static>,
    ) -> impl Iterator<Item = Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Clone,
    {
        members.into_iter().map(move |member| {
            let probe = if is_recorded::<I::Item>() {
                Probe::off()
            } else {
                self.submit::<I::Item>(method, Role::Future, location)
            };
            Instrumented::new(probe, self.classify.clone(), member)
        })
    }

    #[inline(always)]
    fn submit<F>(&self, method: Method, role: Role, location: &'static Location<'static>) -> Probe {
        let (runtime, name) = (self.runtime, self.name.as_ref());
        submit::<F>(runtime.instrumentor(), runtime.name(), name, method, role, location)
    }
}

/// Submits a process of type `F`, unless `F` records itself.
#[inline(always)]
pub(crate) fn submit<F>(
    instrumentor: &Instrumentor,
    runtime: &'static str,
    name: Option<&Name>,
    method: Method,
    role: Role,
    location: &'static Location<'static>,
) -> Probe {
    if is_instrumented::<F>() {
        return Probe::off();
    }
    instrumentor.submit(method, || {
        let (type_name, size) = (type_name::<F>(), Some(size_of::<F>()));
        Site { name, type_name, role, runtime, location, size }
    })
}
