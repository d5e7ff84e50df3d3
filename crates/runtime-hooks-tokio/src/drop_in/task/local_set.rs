//! Tasks of one thread.

use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_hooks_core::support::delegate;
use tokio::task::{JoinHandle, LocalEnterGuard};

use crate::drop_in::{recorded, spawned};

/// As [`tokio::task::LocalSet`], its tasks recorded.
///
/// It derefs to the set that it is around, and is made from and into it.
#[derive(Default)]
pub struct LocalSet(tokio::task::LocalSet);

impl LocalSet {
    /// A set without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `spawn_local` spawn on this set, on this thread, while the guard lives.
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

    /// Runs a future to its end on this runtime, and the tasks of this set meanwhile.
    #[track_caller]
    pub fn block_on<F: Future>(&self, rt: &tokio::runtime::Runtime, future: F) -> F::Output {
        recorded!(future: F, BlockOn => self.0.block_on(rt, future))
    }

    /// Runs a future, and the tasks of this set meanwhile.
    pub fn run_until<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<'_, F> {
        // A debug build would copy it once more than without this function.
        #[cfg(debug_assertions)]
        let future = Box::pin(future);
        self.0.run_until(future)
    }

    /// The set's own id.
    pub fn id(&self) -> tokio::runtime::Id {
        self.0.id()
    }

    /// What becomes of the set when one of its tasks panics.
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
