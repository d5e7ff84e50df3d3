//! `async_std::task`, with functions that start tasks and closures recorded.

use std::io;

#[doc(no_inline)]
pub use async_std::task::*;
use runtime_hooks_core::support::box_if_large;
use runtime_hooks_core::{Method, Name};

use super::DROP_IN;

/// As [`async_std::task::spawn`], recorded.
#[track_caller]
pub fn spawn<F, T>(future: F) -> JoinHandle<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    box_if_large!(future: F as of => async_std::task::spawn(DROP_IN.task(of, Method::Spawn, future)))
}

/// As [`async_std::task::spawn_local`], recorded.
#[cfg(feature = "unstable")]
#[track_caller]
pub fn spawn_local<F, T>(future: F) -> JoinHandle<T>
where
    F: Future<Output = T> + 'static,
    T: 'static,
{
    box_if_large!(future: F as of => async_std::task::spawn_local(DROP_IN.task(of, Method::SpawnLocal, future)))
}

/// As [`async_std::task::spawn_blocking`], recorded.
#[track_caller]
pub fn spawn_blocking<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    box_if_large!(fn f: F as of => async_std::task::spawn_blocking(DROP_IN.blocking(of, f)))
}

/// As [`async_std::task::block_on`], recorded.
#[track_caller]
pub fn block_on<F, T>(future: F) -> T
where
    F: Future<Output = T>,
{
    box_if_large!(future: F as of => async_std::task::block_on(DROP_IN.task(of, Method::BlockOn, future)))
}

/// As [`async_std::task::Builder`], with its tasks recorded, under their name if they have one.
#[derive(Debug, Default)]
pub struct Builder {
    builder: async_std::task::Builder,
    name: Option<Name>,
}

impl Builder {
    /// Creates a builder of a task without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the task.
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Self { name: Some(name.clone().into()), builder: self.builder.name(name) }
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F, T>(self, future: F) -> io::Result<JoinHandle<T>>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let Self { builder, name } = self;
        box_if_large!(future: F as of => builder.spawn(DROP_IN.named(of, Method::Spawn, name.as_ref(), future)))
    }

    /// Spawns a task on the current thread.
    #[cfg(feature = "unstable")]
    #[track_caller]
    pub fn local<F, T>(self, future: F) -> io::Result<JoinHandle<T>>
    where
        F: Future<Output = T> + 'static,
        T: 'static,
    {
        let Self { builder, name } = self;
        box_if_large!(future: F as of => builder.local(DROP_IN.named(of, Method::SpawnLocal, name.as_ref(), future)))
    }

    /// Runs a task to completion on this thread.
    #[track_caller]
    pub fn blocking<F, T>(self, future: F) -> T
    where
        F: Future<Output = T>,
    {
        let Self { builder, name } = self;
        box_if_large!(future: F as of => builder.blocking(DROP_IN.named(of, Method::BlockOn, name.as_ref(), future)))
    }
}
