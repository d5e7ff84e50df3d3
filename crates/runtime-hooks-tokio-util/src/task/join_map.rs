//! Maps of tasks that are joined together, each with a key.

use std::hash::{BuildHasher, Hash, RandomState};

use runtime_hooks_tokio::support::delegate;
use runtime_hooks_tokio::{__blocking as blocking, __spawned as spawned};
use tokio::runtime::Handle;
use tokio::task::LocalSet;

/// As [`tokio_util::task::JoinMap`], with its tasks recorded.
pub struct JoinMap<K, V, S = RandomState>(tokio_util::task::JoinMap<K, V, S>);

delegate!(mut impl[K, V, S] JoinMap<K, V, S> | tokio_util::task::JoinMap<K, V, S>);

impl<K, V> JoinMap<K, V> {
    /// Creates an empty map.
    #[must_use]
    pub fn new() -> Self {
        Self(tokio_util::task::JoinMap::new())
    }

    /// Creates an empty map with space for `capacity` tasks.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(tokio_util::task::JoinMap::with_capacity(capacity))
    }
}

impl<K, V, S> JoinMap<K, V, S> {
    /// Creates an empty map with a given hasher.
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self
    where
        S: Clone,
    {
        Self(tokio_util::task::JoinMap::with_hasher(hash_builder))
    }

    /// Creates an empty map with a given hasher and space for `capacity` tasks.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self
    where
        S: Clone,
    {
        Self(tokio_util::task::JoinMap::with_capacity_and_hasher(capacity, hash_builder))
    }
}

impl<K, V, S> JoinMap<K, V, S>
where
    K: Hash + Eq,
    V: 'static,
    S: BuildHasher,
{
    /// Spawns a task with a key. A task that has this key already is aborted.
    #[track_caller]
    pub fn spawn<F>(&mut self, key: K, task: F)
    where
        F: Future<Output = V> + Send + 'static,
        V: Send,
    {
        spawned!(task: F, Spawn => self.0.spawn(key, task));
    }

    /// Spawns a task on a given runtime.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, key: K, task: F, handle: &Handle)
    where
        F: Future<Output = V> + Send + 'static,
        V: Send,
    {
        spawned!(task: F, Spawn => self.0.spawn_on(key, task, handle));
    }

    /// Spawns a task on the current thread.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, key: K, task: F)
    where
        F: Future<Output = V> + 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local(key, task));
    }

    /// Spawns a task on a given local set.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, key: K, task: F, local_set: &LocalSet)
    where
        F: Future<Output = V> + 'static,
    {
        spawned!(task: F, SpawnLocal => self.0.spawn_local_on(key, task, local_set));
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, key: K, f: F)
    where
        F: FnOnce() -> V + Send + 'static,
        V: Send,
    {
        blocking!(f: F => self.0.spawn_blocking(key, f));
    }

    /// Runs a closure on a given runtime's blocking pool.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, key: K, f: F, handle: &Handle)
    where
        F: FnOnce() -> V + Send + 'static,
        V: Send,
    {
        blocking!(f: F => self.0.spawn_blocking_on(key, f, handle));
    }
}

impl<K, V> Default for JoinMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}
