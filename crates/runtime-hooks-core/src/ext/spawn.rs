//! The builder's calls that start tasks.
#![expect(
    clippy::inline_always,
    reason = "returning a handle or timeout through memory costs 5 ns per call"
)]

use std::panic::Location;

use runtime_hooks_recorder::internals::Role;

use crate::box_if_large;
use crate::classify::Classify;
use crate::hooks::{LocalMode, LocalRuntimeHooks, Mode, RuntimeHooks, SpawnLocal};
use crate::join::{JoinHandle, LocalJoinHandle, ThreadsafeHandle};
use crate::large::TypeOf;
use crate::settings::Method;

use super::builder::TaskBuilder;
use crate::task::{Instrumented, blocking};

impl<R: RuntimeHooks, C> TaskBuilder<'_, R, C> {
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
    pub(super) fn spawn_as<P, F>(
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
        let record = self.submit::<P>(method, Role::Task, Location::caller());
        let future = Instrumented { record, classify: self.classify, inner: future };
        JoinHandle::new(self.runtime.raw_spawn(future))
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
        let record = self.submit::<P>(Method::SpawnBlocking, Role::Blocking, Location::caller());
        JoinHandle::new(self.runtime.raw_spawn_blocking(blocking(record, self.classify, work)))
    }
}

impl<R: LocalRuntimeHooks, C> TaskBuilder<'_, R, C, LocalMode> {
    /// As [`RuntimeHooksExt::spawn_blocking`](crate::RuntimeHooksExt::spawn_blocking).
    #[inline]
    #[track_caller]
    pub fn spawn_blocking<F, T>(self, work: F) -> LocalJoinHandle<T, R>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
        C: Classify<T> + Send + 'static,
    {
        box_if_large!(fn work: F as of => self.spawn_blocking_as(of, work))
    }

    #[inline]
    #[track_caller]
    pub(super) fn spawn_blocking_as<P, F, T>(self, _: TypeOf<P>, work: F) -> LocalJoinHandle<T, R>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
        C: Classify<T> + Send + 'static,
    {
        let record = self.submit::<P>(Method::SpawnBlocking, Role::Blocking, Location::caller());
        LocalJoinHandle::new(self.runtime.raw_spawn_blocking(blocking(record, self.classify, work)))
    }
}

impl<R: SpawnLocal, C, M: Mode<R>> TaskBuilder<'_, R, C, M> {
    /// As [`RuntimeHooksExt::spawn_local`](crate::RuntimeHooksExt::spawn_local).
    #[inline]
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> LocalJoinHandle<F::Output, R>
    where
        F: Future + 'static,
        F::Output: 'static,
        C: Classify<F::Output> + 'static,
    {
        box_if_large!(future: F as of => self.spawn_local_as(of, Method::SpawnLocal, future))
    }

    #[inline]
    #[track_caller]
    pub(super) fn spawn_local_as<P, F>(
        self,
        _: TypeOf<P>,
        method: Method,
        future: F,
    ) -> LocalJoinHandle<F::Output, R>
    where
        F: Future + 'static,
        F::Output: 'static,
        C: Classify<F::Output> + 'static,
    {
        let record = self.submit::<P>(method, Role::Task, Location::caller());
        let future = Instrumented { record, classify: self.classify, inner: future };
        LocalJoinHandle::new(self.runtime.raw_spawn_local(future))
    }
}
