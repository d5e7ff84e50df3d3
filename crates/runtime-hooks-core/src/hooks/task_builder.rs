//! One call, with or without a name: where every process is submitted.
#![expect(
    clippy::inline_always,
    reason = "what a handle or a timeout passes through on its way out: through memory, each step costs 5 ns"
)]

use std::any::type_name;
use std::panic::Location;
use std::time::{Duration, Instant};

use futures_util::stream::FuturesUnordered;

use super::{RuntimeHooks, SpawnLocal, TypeOf};
use crate::box_if_large;
use crate::calls::{
    AsCompleted, AsCompletedWithin, Deadlined, Gather, ThreadsafeHandle, Timeout, TryGather, around,
};
use crate::classify::{AlwaysFinished, ByResult, Classify};
use crate::instrumentor::{Instrumentor, Method};
use crate::name::{Name, Role, Site};
use crate::task::{Instrumented, JoinHandle, Probe, blocking, is_instrumented, is_recorded};
use crate::task_group::TaskGroup;

/// A [`Timeout`] by a [`TaskBuilder`], made where it is: each function that it came from would copy the future once
/// more.
macro_rules! timeout_here {
    ($builder:expr, $duration:expr, $future:ident: $type:ty) => {{
        let (builder, duration) = ($builder, $duration);
        let sleep = builder.runtime.sleep(duration);
        let probe = builder.submit::<$type>(Method::Timeout, Role::Future, Location::caller());
        let (before, after) = around(probe);
        // The future last, and the builder gone by then: a release build makes it where it is returned to.
        let classify = builder.into_classify();
        Timeout { before, classify, inner: $future, after, sleep, duration }
    }};
}
pub(super) use timeout_here;

/// What `$new` makes of futures that are awaited together, made where it is for the same reason: an array of futures
/// is as large as they are.
macro_rules! members_here {
    ($new:path, $builder:expr, $method:expr, $members:ident: $type:ty) => {{
        let (builder, location) = ($builder, Location::caller());
        if TypeOf::<<$type as IntoIterator>::Item>::IS_LARGE {
            $new(builder.large_members($method, $members, location).into_iter())
        } else {
            $new(builder.members($method, $members, location))
        }
    }};
}
pub(super) use members_here;

/// An [`AsCompletedWithin`] by a [`TaskBuilder`], in the same way.
macro_rules! within_here {
    ($builder:expr, $duration:expr, $members:ident: $type:ty) => {{
        let (builder, duration) = ($builder, $duration);
        let sleep = builder.runtime.sleep(duration);
        let members = members_here!(all, builder, Method::AsCompleted, $members: $type);
        AsCompletedWithin { members, sleep, duration }
    }};
}
pub(super) use within_here;

/// A call with a name, or with a word on how its output is to be read: made by
/// [`RuntimeHooksExt::named`](crate::RuntimeHooksExt::named),
/// [`by_result`](crate::RuntimeHooksExt::by_result) and
/// [`with_classifier`](crate::RuntimeHooksExt::with_classifier), and spent by the method that is meant.
#[derive(Clone, Debug)]
#[must_use = "this alone does nothing: call `spawn` or another method on it"]
pub struct TaskBuilder<'r, R, C = AlwaysFinished> {
    pub(super) runtime: &'r R,
    name: Option<Name>,
    pub(super) classify: C,
}

impl<'r, R: RuntimeHooks> TaskBuilder<'r, R> {
    pub(crate) fn unnamed(runtime: &'r R) -> Self {
        Self { runtime, name: None, classify: AlwaysFinished }
    }
}

impl<'r, R: RuntimeHooks, C> TaskBuilder<'r, R, C> {
    /// As [`RuntimeHooksExt::named`](crate::RuntimeHooksExt::named).
    pub fn named(self, name: impl Into<Name>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// As [`RuntimeHooksExt::by_result`](crate::RuntimeHooksExt::by_result).
    pub fn by_result(self) -> TaskBuilder<'r, R, ByResult> {
        let is_elapsed = self.runtime.is_elapsed();
        self.with_classifier(ByResult::new(is_elapsed))
    }

    /// As [`RuntimeHooksExt::with_classifier`](crate::RuntimeHooksExt::with_classifier).
    pub fn with_classifier<D>(self, classify: D) -> TaskBuilder<'r, R, D> {
        let Self { runtime, name, .. } = self;
        TaskBuilder { runtime, name, classify }
    }

    /// As [`RuntimeHooksExt::spawn`](crate::RuntimeHooksExt::spawn).
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output, R>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        C: Classify<F::Output> + Send + 'static,
    {
        box_if_large!(future: F as of => self.spawn_as(of, Method::Spawn, future))
    }

    #[inline(always)]
    #[track_caller]
    pub(crate) fn spawn_as<P, F>(
        self,
        _: TypeOf<P>,
        method: Method,
        future: F,
    ) -> JoinHandle<F::Output, R>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
        C: Classify<F::Output> + Send + 'static,
    {
        let probe = self.submit::<P>(method, Role::Task, Location::caller());
        let future = Instrumented { probe, classify: self.classify, inner: future };
        JoinHandle::new(self.runtime.raw_spawn(future))
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
        box_if_large!(future: F as of => self.spawn_local_as(of, Method::SpawnLocal, future))
    }

    #[inline]
    #[track_caller]
    pub(crate) fn spawn_local_as<P, F>(
        self,
        _: TypeOf<P>,
        method: Method,
        future: F,
    ) -> JoinHandle<F::Output, R>
    where
        R: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
        C: Classify<F::Output> + 'static,
    {
        let probe = self.submit::<P>(method, Role::Task, Location::caller());
        let future = Instrumented { probe, classify: self.classify, inner: future };
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
        box_if_large!(future: F as of => {
            ThreadsafeHandle::new(self.spawn_as(of, Method::SpawnThreadsafe, future))
        })
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
        box_if_large!(fn work: F as of => self.spawn_blocking_as(of, work))
    }

    #[inline]
    #[track_caller]
    pub(super) fn spawn_blocking_as<P, F, T>(self, _: TypeOf<P>, work: F) -> JoinHandle<T, R>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
        C: Classify<T> + Send + 'static,
    {
        let probe = self.submit::<P>(Method::SpawnBlocking, Role::Blocking, Location::caller());
        JoinHandle::new(self.runtime.raw_spawn_blocking(blocking(probe, self.classify, work)))
    }

    /// As [`RuntimeHooksExt::timeout`](crate::RuntimeHooksExt::timeout).
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub fn timeout<F>(self, duration: Duration, future: F) -> Timeout<F, R::Sleep, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        timeout_here!(self, duration, future: F)
    }

    /// As [`RuntimeHooksExt::timeout_at`](crate::RuntimeHooksExt::timeout_at).
    #[track_caller]
    pub fn timeout_at<F>(self, deadline: Instant, future: F) -> Timeout<F, R::Sleep, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let left = deadline.saturating_duration_since(self.runtime.now());
        timeout_here!(self, left, future: F)
    }

    /// As [`RuntimeHooksExt::instrument`](crate::RuntimeHooksExt::instrument).
    #[track_caller]
    pub fn instrument<F>(self, future: F) -> Instrumented<F, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let probe = self.submit::<F>(Method::Instrument, Role::Future, Location::caller());
        Instrumented { probe, classify: self.classify, inner: future }
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
        box_if_large!(future: F as of => self.block_on_as(of, future))
    }

    #[inline]
    #[track_caller]
    pub(super) fn block_on_as<P, F>(self, _: TypeOf<P>, future: F) -> F::Output
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let probe = self.submit::<P>(Method::BlockOn, Role::Task, Location::caller());
        let future = Instrumented { probe, classify: self.classify, inner: future };
        self.runtime.raw_block_on(future)
    }

    /// As [`RuntimeHooksExt::gather`](crate::RuntimeHooksExt::gather).
    #[track_caller]
    pub fn gather<I>(self, members: I) -> Gather<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        members_here!(Gather::new, self, Method::Gather, members: I)
    }

    /// As [`RuntimeHooksExt::try_gather`](crate::RuntimeHooksExt::try_gather).
    #[track_caller]
    pub fn try_gather<I, T, E>(self, members: I) -> TryGather<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future<Output = Result<T, E>>>,
        C: Classify<Result<T, E>> + Clone,
    {
        members_here!(TryGather::new, self, Method::Gather, members: I)
    }

    /// As [`RuntimeHooksExt::as_completed`](crate::RuntimeHooksExt::as_completed).
    #[track_caller]
    pub fn as_completed<I>(self, members: I) -> AsCompleted<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        members_here!(AsCompleted::new, self, Method::AsCompleted, members: I)
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
        within_here!(self, duration, members: I)
    }

    /// As [`RuntimeHooksExt::task_group`](crate::RuntimeHooksExt::task_group).
    pub fn task_group<E>(self) -> TaskGroup<R, E, C> {
        TaskGroup::new(self.runtime.clone(), self.name, self.classify)
    }

    /// Futures that are awaited together, each submitted when its turn comes.
    pub(super) fn members<I>(
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
            let probe = self.submit_member::<I::Item>(method, location);
            Instrumented { probe, classify: self.classify.clone(), inner: member }
        })
    }

    /// The same for large ones: each goes through fewer functions on its way to the heap.
    pub(super) fn large_members<I>(
        self,
        method: Method,
        members: I,
        location: &'static Location<'static>,
    ) -> Vec<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Clone,
    {
        let (mut all, mut members) = (Vec::new(), members.into_iter());
        while let Some(member) = next_boxed(&mut members) {
            let probe = self.submit_member::<I::Item>(method, location);
            push_unboxed(&mut all, probe, self.classify.clone(), member);
        }
        all
    }

    /// All that is left once its process is submitted.
    #[inline]
    pub(super) fn into_classify(self) -> C {
        self.classify
    }

    fn submit_member<F>(&self, method: Method, location: &'static Location<'static>) -> Probe {
        if is_recorded::<F>() {
            return Probe::off();
        }
        self.submit::<F>(method, Role::Future, location)
    }

    #[inline(always)]
    pub(super) fn submit<F>(
        &self,
        method: Method,
        role: Role,
        location: &'static Location<'static>,
    ) -> Probe {
        let (runtime, name) = (self.runtime, self.name.as_ref());
        submit::<F>(runtime.instrumentor(), runtime.name(), name, method, role, location)
    }
}

/// Each of these two has its copies of the future on the stack for itself.
#[expect(clippy::manual_map, reason = "a debug build would copy the future for `map`, too")]
fn next_boxed<F>(members: &mut impl Iterator<Item = F>) -> Option<Box<F>> {
    match members.next() {
        Some(member) => Some(Box::new(member)),
        None => None,
    }
}

#[expect(clippy::boxed_local, reason = "it is unboxed where it goes, and nowhere before")]
fn push_unboxed<F, C>(all: &mut Vec<Instrumented<F, C>>, probe: Probe, classify: C, inner: Box<F>) {
    all.push(Instrumented { probe, classify, inner: *inner });
}

/// Under one deadline.
pub(super) fn all<F, C>(
    members: impl Iterator<Item = Instrumented<F, C>>,
) -> FuturesUnordered<Deadlined<F, C>> {
    let deadlined = |Instrumented { probe, classify, inner }| {
        let (before, after) = around(probe);
        Deadlined { before, classify, inner, after }
    };
    members.map(deadlined).collect()
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
    instrumentor.submit(method, || site_of::<F>(name, role, runtime, location))
}

/// Where a process of type `F` is submitted.
#[inline(always)]
pub(super) fn site_of<'a, F>(
    name: Option<&'a Name>,
    role: Role,
    runtime: &'static str,
    location: &'static Location<'static>,
) -> Site<'a> {
    Site { name, type_name: type_name::<F>(), role, runtime, location, size: Some(size_of::<F>()) }
}
