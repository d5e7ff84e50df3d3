//! Starts members of a group.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use futures_util::future::{AbortHandle, Abortable, Aborted};
use runtime_hooks_recorder::Name;
use runtime_hooks_recorder::internals::Role;

use super::member::Member;
use super::members::Members;
use crate::box_if_large;
use crate::classify::{AlwaysFinished, Classify};
use crate::handle::{JoinError, joinable_then};
use crate::hooks::{Mode, RuntimeHooks, SendMode, SpawnLocal};
use crate::large::TypeOf;
use crate::settings::Method;
use crate::submit::submit;
use crate::task::Instrumented;

/// Starts members of a [`TaskGroup`](crate::TaskGroup): returned by [`TaskGroup::handle`](crate::TaskGroup::handle).
/// It does not keep the group alive.
pub struct GroupHandle<R, E, C = AlwaysFinished, M = SendMode> {
    runtime: R,
    mode: PhantomData<fn() -> M>,
    name: Option<Name>,
    classify: C,
    members: Arc<Members<E>>,
}

impl<R, E, C, M> GroupHandle<R, E, C, M> {
    pub(super) fn new(runtime: R, name: Option<Name>, classify: C) -> Self {
        Self { runtime, mode: PhantomData, name, classify, members: Arc::default() }
    }

    pub(super) fn members(&self) -> &Members<E> {
        &self.members
    }

    /// Cancels all members and accepts no new ones. The group's `join` still waits for them to end.
    pub fn cancel(&self) {
        self.members.cancel();
    }

    /// Sets the name of members that are started through the returned handle.
    #[must_use = "this alone does nothing: call `spawn` on it"]
    pub fn named(&self, name: impl Into<Name>) -> Self
    where
        Self: Clone,
    {
        Self { name: Some(name.into()), ..self.clone() }
    }
}

impl<R: RuntimeHooks, E: 'static, C: Clone + 'static> GroupHandle<R, E, C> {
    /// Runs a future that returns a `Result` as a member. An `Err` or a panic cancels the other members.
    ///
    /// The member is recorded as `finished` also if it returns an `Err`: call `by_result` before `task_group` to count
    /// it as an `exception`.
    ///
    /// A group that has ended or was cancelled accepts no members: the future is dropped and counted as cancelled.
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send,
        C: Classify<Result<T, E>> + Send,
    {
        box_if_large!(future: F as of => self.spawn_as(of, future, Location::caller()))
    }

    #[inline]
    pub(super) fn spawn_as<P, F, T>(
        &self,
        of: TypeOf<P>,
        future: F,
        location: &'static Location<'static>,
    ) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send,
        C: Classify<Result<T, E>> + Send,
    {
        let (run, task) = member(&self.members, self.record(of, future, location));
        if let Some(run) = run {
            // The group joins it.
            drop(self.runtime.raw_spawn(run));
        }
        task
    }
}

impl<R: SpawnLocal, E: 'static, C: Clone + 'static, M: Mode<R>> GroupHandle<R, E, C, M> {
    /// As [`spawn`](Self::spawn), for a future that stays on this thread.
    ///
    /// # Panics
    ///
    /// If the runtime cannot run such tasks, for example tokio outside a `LocalSet`.
    #[track_caller]
    pub fn spawn_local<F, T>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
        C: Classify<Result<T, E>>,
    {
        box_if_large!(future: F as of => self.spawn_local_as(of, future, Location::caller()))
    }

    #[inline]
    pub(super) fn spawn_local_as<P, F, T>(
        &self,
        of: TypeOf<P>,
        future: F,
        location: &'static Location<'static>,
    ) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
        C: Classify<Result<T, E>>,
    {
        let (run, task) = member(&self.members, self.record(of, future, location));
        if let Some(run) = run {
            // The group joins it.
            drop(self.runtime.raw_spawn_local(run));
        }
        task
    }
}

impl<R, E, C: Clone, M: Mode<R>> GroupHandle<R, E, C, M> {
    fn record<P, F>(
        &self,
        _: TypeOf<P>,
        future: F,
        location: &'static Location<'static>,
    ) -> Instrumented<F, C> {
        let Self { runtime, name, .. } = self;
        let (name, method, role) = (name.as_ref(), Method::TaskGroup, Role::Task);
        let instrumentor = M::instrumentor(runtime);
        let record = submit::<P>(instrumentor, M::name(runtime), name, method, role, location);
        Instrumented { record, classify: self.classify.clone(), inner: future }
    }
}

/// A member that is ready to run, and its handle. A member that the group does not accept is not run.
fn member<F, T, E>(
    members: &Arc<Members<E>>,
    future: F,
) -> (Option<impl Future<Output = ()> + use<F, T, E>>, Member<T>)
where
    F: Future<Output = Result<T, E>>,
{
    let (id, group) = (members.new_id(), Arc::clone(members));
    let (abort, registration) = AbortHandle::new_pair();
    let future = Abortable::new(future, registration);
    let (run, task) = joinable_then(future, move |result| {
        let result = result.and_then(|done| done.map_err(|Aborted| JoinError::cancelled()));
        group.end(id, result)
    });
    let is_admitted = members.admit(id, abort);
    (is_admitted.then_some(run), Member::new(task))
}

impl<R: Clone, E, C: Clone, M> Clone for GroupHandle<R, E, C, M> {
    fn clone(&self) -> Self {
        let Self { runtime, mode, name, classify, members } = self;
        Self {
            runtime: runtime.clone(),
            mode: *mode,
            name: name.clone(),
            classify: classify.clone(),
            members: Arc::clone(members),
        }
    }
}

impl<R, E, C, M> fmt::Debug for GroupHandle<R, E, C, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupHandle")
            .field("running", &self.members.running())
            .finish_non_exhaustive()
    }
}
