//! The builder of one call, through which every task is submitted.
#![expect(
    clippy::inline_always,
    reason = "returning a handle or timeout through memory costs 5 ns per call"
)]

use std::marker::PhantomData;
use std::panic::Location;
use std::time::{Duration, Instant};

use futures_util::stream::Stream;
use runtime_hooks_recorder::Name;
use runtime_hooks_recorder::internals::Role;

use super::in_place::timeout_here;
use crate::box_if_large;
use crate::classify::{AlwaysFinished, ByResult, Classify};
use crate::hooks::{LocalMode, LocalRuntimeHooks, Mode, RuntimeHooks, SendMode};
use crate::large::TypeOf;
use crate::settings::Method;
use crate::submit::submit;
use crate::task::{Instrumented, InstrumentedStream, TaskRecord, blocking};
use crate::timeout::{Timeout, around};

/// Configures how the next call is recorded, and makes the call. Returned by
/// [`RuntimeHooksExt::named`](crate::RuntimeHooksExt::named), [`by_result`](crate::RuntimeHooksExt::by_result) and
/// [`with_classifier`](crate::RuntimeHooksExt::with_classifier).
///
/// `M` is the kind of runtime: see [`Mode`].
#[derive(Clone, Debug)]
#[must_use = "this alone does nothing: call `spawn` or another method on it"]
pub struct TaskBuilder<'r, R, C = AlwaysFinished, M = SendMode> {
    pub(super) runtime: &'r R,
    pub(super) name: Option<Name>,
    pub(super) classify: C,
    mode: PhantomData<fn() -> M>,
}

impl<'r, R: RuntimeHooks> TaskBuilder<'r, R> {
    #[inline]
    pub(crate) fn unnamed(runtime: &'r R) -> Self {
        Self { runtime, name: None, classify: AlwaysFinished, mode: PhantomData }
    }
}

impl<'r, R: LocalRuntimeHooks> TaskBuilder<'r, R, AlwaysFinished, LocalMode> {
    #[inline]
    pub(super) fn local(runtime: &'r R) -> Self {
        Self { runtime, name: None, classify: AlwaysFinished, mode: PhantomData }
    }
}

impl<'r, R, C, M: Mode<R>> TaskBuilder<'r, R, C, M> {
    /// As [`RuntimeHooksExt::named`](crate::RuntimeHooksExt::named).
    pub fn named(self, name: impl Into<Name>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// As [`RuntimeHooksExt::by_result`](crate::RuntimeHooksExt::by_result).
    pub fn by_result(self) -> TaskBuilder<'r, R, ByResult, M> {
        let is_elapsed = M::is_elapsed(self.runtime);
        self.with_classifier(ByResult::new(is_elapsed))
    }

    /// As [`RuntimeHooksExt::with_classifier`](crate::RuntimeHooksExt::with_classifier).
    pub fn with_classifier<D>(self, classify: D) -> TaskBuilder<'r, R, D, M> {
        let Self { runtime, name, mode, .. } = self;
        TaskBuilder { runtime, name, classify, mode }
    }

    /// As [`RuntimeHooksExt::timeout`](crate::RuntimeHooksExt::timeout).
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub fn timeout<F>(self, duration: Duration, future: F) -> Timeout<F, M::Sleep, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        timeout_here!(self, duration, future: F)
    }

    /// As [`RuntimeHooksExt::timeout_at`](crate::RuntimeHooksExt::timeout_at).
    #[track_caller]
    pub fn timeout_at<F>(self, deadline: Instant, future: F) -> Timeout<F, M::Sleep, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let left = deadline.saturating_duration_since(M::now(self.runtime));
        timeout_here!(self, left, future: F)
    }

    /// As [`RuntimeHooksExt::instrument`](crate::RuntimeHooksExt::instrument).
    #[track_caller]
    pub fn instrument<F>(self, future: F) -> Instrumented<F, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let record = self.submit::<F>(Method::Instrument, Role::Future, Location::caller());
        Instrumented { record, classify: self.classify, inner: future }
    }

    /// As [`RuntimeHooksExt::instrument_stream`](crate::RuntimeHooksExt::instrument_stream). The classifier is not used:
    /// the end of a stream has no output.
    #[track_caller]
    pub fn instrument_stream<S: Stream>(self, stream: S) -> InstrumentedStream<S> {
        let record = self.submit::<S>(Method::Instrument, Role::Future, Location::caller());
        InstrumentedStream::new(record, stream)
    }

    /// As [`RuntimeHooksExt::instrument_blocking`](crate::RuntimeHooksExt::instrument_blocking).
    #[track_caller]
    pub fn instrument_blocking<F, T>(self, work: F) -> impl FnOnce() -> T + use<R, C, M, F, T>
    where
        F: FnOnce() -> T,
        C: Classify<T>,
    {
        let record = self.submit::<F>(Method::Instrument, Role::Blocking, Location::caller());
        blocking(record, self.classify, work)
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
    pub(crate) fn block_on_as<P, F>(self, _: TypeOf<P>, future: F) -> F::Output
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let record = self.submit::<P>(Method::BlockOn, Role::Task, Location::caller());
        let future = Instrumented { record, classify: self.classify, inner: future };
        M::block_on(self.runtime, future)
    }

    #[inline]
    pub(super) fn sleep(&self, duration: Duration) -> M::Sleep {
        M::sleep(self.runtime, duration)
    }

    /// The classifier, once the task is submitted.
    #[inline]
    pub(super) fn into_classify(self) -> C {
        self.classify
    }

    #[inline(always)]
    pub(super) fn submit<F>(
        &self,
        method: Method,
        role: Role,
        location: &'static Location<'static>,
    ) -> TaskRecord {
        let (runtime, name) = (self.runtime, self.name.as_ref());
        submit::<F>(M::instrumentor(runtime), M::name(runtime), name, method, role, location)
    }
}
