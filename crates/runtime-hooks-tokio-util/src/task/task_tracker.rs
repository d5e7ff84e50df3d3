//! Trackers that wait until all their tasks have ended.

use runtime_hooks_tokio::support::delegate;
use runtime_hooks_tokio::{__blocking as blocking, __spawned as spawned};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, LocalSet};
#[doc(no_inline)]
pub use tokio_util::task::task_tracker::*;

/// As [`tokio_util::task::TaskTracker`], with its tasks recorded.
#[derive(Clone, Default)]
pub struct TaskTracker(tokio_util::task::TaskTracker);

delegate!(mut impl[] TaskTracker | tokio_util::task::TaskTracker);

impl TaskTracker {
    /// Creates a tracker without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawned!(task: F, Spawn => self.0.spawn(task))
    }

    /// Spawns a task on a given runtime.
    #[track_caller]
    pub fn spawn_on<F>(&self, task: F, handle: &Handle) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawned!(task: F, Spawn => self.0.spawn_on(task, handle))
    }

    /// Spawns a task on the current thread.
    #[track_caller]
    pub fn spawn_local<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local(task))
    }

    /// Spawns a task on a given local set.
    #[track_caller]
    pub fn spawn_local_on<F>(&self, task: F, local_set: &LocalSet) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local_on(task, local_set))
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, task: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        blocking!(task: F => self.0.spawn_blocking(task))
    }

    /// Runs a closure on a given runtime's blocking pool.
    #[track_caller]
    pub fn spawn_blocking_on<F, T>(&self, task: F, handle: &Handle) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        blocking!(task: F => self.0.spawn_blocking_on(task, handle))
    }

    /// Whether both track the same tasks.
    #[must_use]
    pub fn ptr_eq(
        left: &tokio_util::task::TaskTracker,
        right: &tokio_util::task::TaskTracker,
    ) -> bool {
        tokio_util::task::TaskTracker::ptr_eq(left, right)
    }
}
