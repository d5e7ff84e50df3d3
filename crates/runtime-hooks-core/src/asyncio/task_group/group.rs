//! A task group and its end.

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::task::{Poll, ready};

use runtime_hooks_recorder::Name;

use super::error::GroupError;
use super::handle::GroupHandle;
use super::member::Member;
use crate::box_if_large;
use crate::classify::{AlwaysFinished, Classify};
use crate::hooks::{Mode, RuntimeHooks, SendMode, SpawnLocal};

/// Tasks that end together (structured concurrency): returned by [`task_group`](crate::AsyncioExt::task_group).
///
/// When [`join`](Self::join) returns, all members have ended and their futures have been dropped. The first member
/// that fails, by an error or a panic, cancels the others. Dropping a group cancels all its members.
///
/// ```
/// # use runtime_hooks_core::{AsyncioExt, GroupError, RuntimeHooks};
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
/// Members can start other members through a [`GroupHandle`], and can have groups of their own.
#[must_use = "dropping a group cancels its tasks: await `join`"]
pub struct TaskGroup<R, E, C = AlwaysFinished, M = SendMode>(GroupHandle<R, E, C, M>);

impl<R, E, C, M> TaskGroup<R, E, C, M> {
    pub(crate) fn new(runtime: R, name: Option<Name>, classify: C) -> Self {
        Self(GroupHandle::new(runtime, name, classify))
    }

    /// Waits until every member has ended. The group accepts no members after that.
    ///
    /// The error lists every member that failed; several can fail before their cancellation reaches them. A cancelled
    /// member has not failed.
    pub async fn join(self) -> Result<(), GroupError<E>> {
        let members = self.0.members();
        let errors = poll_fn(|cx| {
            ready!(members.poll_ended(cx));
            Poll::Ready(members.take_errors())
        });
        GroupError::from_errors(errors.await)
    }

    /// Cancels all members and accepts no new ones. [`join`](Self::join) still waits for them to end.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// A handle that starts members, for use inside of members.
    pub fn handle(&self) -> GroupHandle<R, E, C, M>
    where
        GroupHandle<R, E, C, M>: Clone,
    {
        self.0.clone()
    }

    /// As [`GroupHandle::named`].
    #[must_use = "this alone does nothing: call `spawn` on it"]
    pub fn named(&self, name: impl Into<Name>) -> GroupHandle<R, E, C, M>
    where
        GroupHandle<R, E, C, M>: Clone,
    {
        self.0.named(name)
    }
}

impl<R: RuntimeHooks, E: 'static, C: Clone + 'static> TaskGroup<R, E, C> {
    /// As [`GroupHandle::spawn`].
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send,
        C: Classify<Result<T, E>> + Send,
    {
        box_if_large!(future: F as of => self.0.spawn_as(of, future, Location::caller()))
    }
}

impl<R: SpawnLocal, E: 'static, C: Clone + 'static, M: Mode<R>> TaskGroup<R, E, C, M> {
    /// As [`GroupHandle::spawn_local`].
    #[track_caller]
    pub fn spawn_local<F, T>(&self, future: F) -> Member<T>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
        C: Classify<Result<T, E>>,
    {
        box_if_large!(future: F as of => self.0.spawn_local_as(of, future, Location::caller()))
    }
}

impl<R, E, C, M> Drop for TaskGroup<R, E, C, M> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl<R, E, C, M> fmt::Debug for TaskGroup<R, E, C, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup").field("running", &self.0.members().running()).finish()
    }
}
