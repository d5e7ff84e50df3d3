//! Tasks that stay on one thread.

use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_hooks_core::support::delegate;
use tokio::task::{JoinHandle, LocalEnterGuard};

use crate::drop_in::{recorded, spawned};

/// As [`tokio::task::LocalSet`], with its tasks recorded.
///
/// It derefs to tokio's set and converts from and into it.
#[derive(Default)]
pub struct LocalSet(tokio::task::LocalSet);

impl LocalSet {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `spawn_local` on this thread spawn on this set until the guard is dropped.
    pub fn enter(&self) -> LocalEnterGuard {
        self.0.enter()
    }

    /// Spawns a task on this set.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawned!(future: F, SpawnLocal => self.0.spawn_local(future))
    }

    /// Runs a future to completion on a given runtime, and the tasks of this set meanwhile.
    #[track_caller]
    pub fn block_on<F: Future>(&self, rt: &tokio::runtime::Runtime, future: F) -> F::Output {
        recorded!(future: F, BlockOn => self.0.block_on(rt, future))
    }

    /// Runs a future, and the tasks of this set meanwhile.
    pub fn run_until<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<'_, F> {
        // Boxed in debug builds, which would copy the future once more than without this function.
        #[cfg(debug_assertions)]
        let future = Box::pin(future);
        self.0.run_until(future)
    }

    /// The id of the set.
    pub fn id(&self) -> tokio::runtime::Id {
        self.0.id()
    }

    /// What happens when a task of the set panics.
    #[cfg(tokio_unstable)]
    pub fn unhandled_panic(&mut self, behavior: tokio::runtime::UnhandledPanic) -> &mut Self {
        self.0.unhandled_panic(behavior);
        self
    }
}

impl Future for LocalSet {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

delegate!(impl[] LocalSet | tokio::task::LocalSet);
