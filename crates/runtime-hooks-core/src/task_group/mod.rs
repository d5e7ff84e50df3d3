//! Tasks that end together.

mod error;
mod member;
mod members;

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Poll, ready};

use futures_util::future::{AbortHandle, Abortable, Aborted};

pub use self::error::GroupError;
pub use self::member::Member;

use self::members::Members;
use crate::box_if_large;
use crate::classify::{AlwaysFinished, Classify};
use crate::hooks::{RuntimeHooks, SpawnLocal, TypeOf, submit};
use crate::instrumentor::Method;
use crate::name::{Name, Role};
use crate::task::{Instrumented, JoinError, joinable_then};

/// Tasks that end together: made by [`task_group`](crate::RuntimeHooksExt::task_group).
///
/// All members have ended, and their futures have been dropped, when [`join`](Self::join) returns.
/// The first that fails, by returning an error or by a panic, cancels the rest. A group that is
/// dropped cancels all its members.
///
/// ```
/// # use runtime_hooks_core::{GroupError, RuntimeHooks, RuntimeHooksExt};
/// # async fn fetch(url: &'static str) -> std::io::Result<usize> { Ok(url.len()) }
/// # async fn example<R: RuntimeHooks>(runtime: R) -> Result<(), Box<dyn std::error::Error>> {
/// let group = runtime.task_group();
/// let a = group.spawn(fetch("a.rs"));
/// let b = group.named("second").spawn(fetch("bb.rs"));
/// group.join().await?;
/// assert_eq!(a.await? + b.await?, 9);
/// # Ok(())
/// # }
/// ```
///
/// Members can start others through a [`GroupHandle`], and have groups of their own.
#[must_use = "dropping a group cancels its tasks: await `join`"]
pub struct TaskGroup<R, E, C = AlwaysFinished>(GroupHandle<R, E, C>);

impl<R: RuntimeHooks, E, C> TaskGroup<R, E, C> {
    pub(crate) fn new(runtime: R, name: Option<Name>, classify: C) -> Self {
        Self(GroupHandle { runtime, name, classify, members: Arc::default() })
    }

    /// Waits until every member has ended, and takes no more from then on.
    ///
    /// The error has those of all members that failed: further ones may, before the first one's
    /// cancellation reaches them. A member that was cancelled has not failed.
    pub async fn join(self) -> Result<(), GroupError<E>> {
        let errors = poll_fn(|cx| {
            ready!(self.members.poll_ended(cx));
            Poll::Ready(self.members.take_errors())
        });
        GroupError::from_errors(errors.await)
    }
}

impl<R, E, C> Deref for TaskGroup<R, E, C> {
    type Target = GroupHandle<R, E, C>;

    fn deref(&self) -> &GroupHandle<R, E, C> {
        &self.0
    }
}

impl<R, E, C> Drop for TaskGroup<R, E, C> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl<R, E, C> fmt::Debug for TaskGroup<R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup").field("running", &self.members.running()).finish()
    }
}

/// Starts members of a [`TaskGroup`], which derefs to it. Clone it into members that start others;
/// it keeps no group alive.
pub struct GroupHandle<R, E, C = AlwaysFinished> {
    runtime: R,
    name: Option<Name>,
    classify: C,
    members: Arc<Members<E>>,
}

impl<R, E, C> GroupHandle<R, E, C> {
    /// Cancels all members, and takes no more. The group's `join` still waits for their end.
    pub fn cancel(&self) {
        self.members.cancel();
    }

    /// Gives the members that are started through the handle that it returns a name of your choice.
    #[must_use = "this alone does nothing: call `spawn` on it"]
    pub fn named(&self, name: impl Into<Name>) -> Self
    where
        Self: Clone,
    {
        Self { name: Some(name.into()), ..self.clone() }
    }
}

impl<R: RuntimeHooks, E: 'static, C: Clone + 'static> GroupHandle<R, E, C> {
    /// Runs a future as a member.
    ///
    /// A group that is over or cancelled takes no more: the future is dropped, and counted as
    /// cancelled.
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send,
        C: Classify<Result<T, E>> + Send,
    {
        box_if_large!(future: F as of => {
            let (run, task) = member(&self.members, self.record(of, future, Location::caller()));
            if let Some(run) = run {
                // Joined through the group.
                drop(self.runtime.raw_spawn(run));
            }
            task
        })
    }

    /// As [`spawn`](Self::spawn), for a future that stays on this thread.
    ///
    /// # Panics
    ///
    /// Where the runtime has no place for such tasks here: tokio outside a `LocalSet`.
    #[track_caller]
    pub fn spawn_local<F, T>(&self, future: F) -> Member<T>
    where
        R: SpawnLocal,
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
        C: Classify<Result<T, E>>,
    {
        box_if_large!(future: F as of => {
            let (run, task) = member(&self.members, self.record(of, future, Location::caller()));
            if let Some(run) = run {
                // Joined through the group.
                drop(self.runtime.raw_spawn_local(run));
            }
            task
        })
    }

    fn record<P, F>(
        &self,
        _: TypeOf<P>,
        future: F,
        location: &'static Location<'static>,
    ) -> Instrumented<F, C> {
        let Self { runtime, name, .. } = self;
        let (name, method, role) = (name.as_ref(), Method::TaskGroup, Role::Task);
        let probe =
            submit::<P>(runtime.instrumentor(), runtime.name(), name, method, role, location);
        Instrumented { probe, classify: self.classify.clone(), inner: future }
    }
}

/// A member ready to run, and its handle; nothing to run if it was refused.
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

impl<R: Clone, E, C: Clone> Clone for GroupHandle<R, E, C> {
    fn clone(&self) -> Self {
        let Self { runtime, name, classify, members } = self;
        Self {
            runtime: runtime.clone(),
            name: name.clone(),
            classify: classify.clone(),
            members: Arc::clone(members),
        }
    }
}

impl<R, E, C> fmt::Debug for GroupHandle<R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupHandle")
            .field("running", &self.members.running())
            .finish_non_exhaustive()
    }
}
