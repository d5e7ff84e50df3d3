//! A builder of tasks, whose name is also the recorded name.

use std::io;

use runtime_hooks_core::Name;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, LocalSet};

use crate::drop_in::{blocking, spawned};

/// As [`tokio::task::Builder`], with its tasks recorded, under their name if they have one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// Creates a builder of a task without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the task.
    #[must_use]
    pub fn name(&self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawned!(future: F, Spawn, self.recorded_name() => self.native().spawn(future))
    }

    /// Spawns a task on a given runtime.
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawned!(future: F, Spawn, self.recorded_name() => self.native().spawn_on(future, handle))
    }

    /// Spawns a task on the current thread.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawned!(future: F, SpawnLocal, self.recorded_name() => self.native().spawn_local(future))
    }

    /// Spawns a task on a given local set.
    #[track_caller]
    pub fn spawn_local_on<F>(
        self,
        future: F,
        local_set: &LocalSet,
    ) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawned!(future: F, SpawnLocal, self.recorded_name() =>
            self.native().spawn_local_on(future, local_set))
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F, R>(self, function: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        blocking!(function: F, self.recorded_name() => self.native().spawn_blocking(function))
    }

    /// Runs a closure on a given runtime's blocking pool.
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(self, function: F, handle: &Handle) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        blocking!(function: F, self.recorded_name() => self.native().spawn_blocking_on(function, handle))
    }

    fn recorded_name(self) -> Option<Name> {
        self.name.map(|name| name.to_owned().into())
    }

    fn native(self) -> tokio::task::Builder<'a> {
        let builder = tokio::task::Builder::new();
        self.name.map_or(builder, |name| tokio::task::Builder::new().name(name))
    }
}
