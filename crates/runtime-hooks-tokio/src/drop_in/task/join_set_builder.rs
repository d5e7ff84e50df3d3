//! A builder of a task in a set.

use std::io;

use runtime_hooks_core::Name;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinSet, LocalSet, join_set};

use crate::drop_in::{blocking, spawned};

/// As [`tokio::task::join_set::Builder`], with its task recorded, under its name if it has one.
#[derive(Debug)]
#[must_use = "builders do nothing unless used to spawn a task"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    name: Option<&'a str>,
}

impl<'a, T: 'static> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Self {
        Self { set, name: None }
    }

    /// Names the task.
    pub fn name(self, name: &'a str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Spawns the task.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        spawned!(future: F, Spawn, self.recorded_name() => self.native().spawn(future))
    }

    /// Spawns the task on a given runtime.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        spawned!(future: F, Spawn, self.recorded_name() => self.native().spawn_on(future, handle))
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F>(self, f: F) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        blocking!(f: F, self.recorded_name() => self.native().spawn_blocking(f))
    }

    /// Runs a closure on a given runtime's blocking pool.
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, f: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        blocking!(f: F, self.recorded_name() => self.native().spawn_blocking_on(f, handle))
    }

    /// Spawns the task on the current thread.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        spawned!(future: F, SpawnLocal, self.recorded_name() => self.native().spawn_local(future))
    }

    /// Spawns the task on a given local set.
    #[track_caller]
    pub fn spawn_local_on<F>(self, future: F, local_set: &LocalSet) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        spawned!(future: F, SpawnLocal, self.recorded_name() =>
            self.native().spawn_local_on(future, local_set))
    }

    fn recorded_name(&self) -> Option<Name> {
        self.name.map(|name| name.to_owned().into())
    }

    fn native(self) -> join_set::Builder<'a, T> {
        let builder = self.set.build_task();
        match self.name {
            Some(name) => builder.name(name),
            None => builder,
        }
    }
}
