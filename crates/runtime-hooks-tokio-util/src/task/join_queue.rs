//! Queues of tasks that are joined in the order in which they were spawned.

use runtime_hooks_tokio::support::delegate;
use runtime_hooks_tokio::{__blocking as blocking, __spawned as spawned};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// As [`tokio_util::task::JoinQueue`], with its tasks recorded.
pub struct JoinQueue<T>(tokio_util::task::JoinQueue<T>);

delegate!(mut impl[T] JoinQueue<T> | tokio_util::task::JoinQueue<T>);

impl<T> JoinQueue<T> {
    /// Creates an empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self(tokio_util::task::JoinQueue::new())
    }

    /// Creates an empty queue with space for `capacity` tasks.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(tokio_util::task::JoinQueue::with_capacity(capacity))
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        spawned!(task: F, Spawn => self.0.spawn(task))
    }

    /// Spawns a task on a given runtime.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        spawned!(task: F, Spawn => self.0.spawn_on(task, handle))
    }

    /// Spawns a task on the current thread.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
        T: 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local(task))
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        blocking!(f: F => self.0.spawn_blocking(f))
    }

    /// Runs a closure on a given runtime's blocking pool.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        blocking!(f: F => self.0.spawn_blocking_on(f, handle))
    }

    /// Waits for all tasks; returns their outputs in the order in which they were spawned.
    ///
    /// # Panics
    ///
    /// If a task panicked or was aborted.
    pub fn join_all(self) -> impl Future<Output = Vec<T>> {
        self.0.join_all()
    }
}

impl<T> Default for JoinQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, F> FromIterator<F> for JoinQueue<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        let mut queue = Self::new();
        for task in iter {
            queue.spawn(task);
        }
        queue
    }
}
