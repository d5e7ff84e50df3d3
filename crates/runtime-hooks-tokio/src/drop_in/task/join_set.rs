//! Sets of tasks that are joined together.

use std::task::{Context, Poll};

use runtime_hooks_core::support::delegate;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, Id, JoinError, LocalSet};

use crate::drop_in::{blocking, spawned};

#[cfg(all(tokio_unstable, feature = "tracing"))]
pub use super::join_set_builder::Builder;

/// As [`tokio::task::JoinSet`], with its tasks recorded.
///
/// It derefs to tokio's set and converts from and into it.
pub struct JoinSet<T>(tokio::task::JoinSet<T>);

impl<T> JoinSet<T> {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self(tokio::task::JoinSet::new())
    }

    /// The number of tasks in the set.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: 'static> JoinSet<T> {
    /// A builder of a task in this set.
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(&mut self.0)
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        spawned!(task: F, Spawn => self.0.spawn(task))
    }

    /// Spawns a task on a given runtime.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        spawned!(task: F, Spawn => self.0.spawn_on(task, handle))
    }

    /// Spawns a task on the current thread.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local(task))
    }

    /// Spawns a task on a given local set.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local_on(task, local_set))
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        blocking!(f: F => self.0.spawn_blocking(f))
    }

    /// Runs a closure on a given runtime's blocking pool.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        blocking!(f: F => self.0.spawn_blocking_on(f, handle))
    }

    /// Waits for the next task to end.
    pub fn join_next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        self.0.join_next()
    }

    /// Waits for the next task to end; also returns its id.
    pub fn join_next_with_id(
        &mut self,
    ) -> impl Future<Output = Option<Result<(Id, T), JoinError>>> {
        self.0.join_next_with_id()
    }

    /// The output of the next task, if one has ended.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.0.try_join_next()
    }

    /// The id and output of the next task, if one has ended.
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        self.0.try_join_next_with_id()
    }

    /// Aborts all tasks and waits until they have ended.
    pub fn shutdown(&mut self) -> impl Future<Output = ()> {
        self.0.shutdown()
    }

    /// Waits for all tasks.
    ///
    /// # Panics
    ///
    /// If a task panicked or was aborted.
    pub fn join_all(self) -> impl Future<Output = Vec<T>> {
        self.0.join_all()
    }

    /// Aborts all tasks.
    pub fn abort_all(&mut self) {
        self.0.abort_all();
    }

    /// Removes all tasks from the set without aborting them.
    pub fn detach_all(&mut self) {
        self.0.detach_all();
    }

    /// Polls for the next task to end.
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.0.poll_join_next(cx)
    }

    /// Polls for the next task to end; also returns its id.
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.0.poll_join_next_with_id(cx)
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        let mut set = Self::new();
        set.extend(iter);
        set
    }
}

impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, iter: I) {
        for task in iter {
            self.spawn(task);
        }
    }
}

// With `mut`, so that `&mut` derefs to tokio's set.
delegate!(mut impl[T] JoinSet<T> | tokio::task::JoinSet<T>);
