//! Handles of a runtime.

use runtime_hooks_core::support::delegate;
use tokio::runtime::{EnterGuard, Id, RuntimeFlavor, RuntimeMetrics, TryCurrentError};
use tokio::task::JoinHandle;

use crate::drop_in::{blocking, recorded, spawned};

/// As [`tokio::runtime::Handle`], with the tasks that it starts recorded.
///
/// It derefs to tokio's handle and converts from and into it.
#[derive(Clone)]
pub struct Handle(tokio::runtime::Handle);

impl Handle {
    /// The runtime that the calling code runs on.
    ///
    /// # Panics
    ///
    /// If it is called outside a runtime.
    #[track_caller]
    pub fn current() -> Self {
        Self(tokio::runtime::Handle::current())
    }

    /// The runtime that the calling code runs on; an error if there is none.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        tokio::runtime::Handle::try_current().map(Self)
    }

    /// Makes the runtime this thread's current runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.0.enter()
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawned!(future: F, Spawn => self.0.spawn(future))
    }

    /// Runs a closure on the blocking pool.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        blocking!(func: F => self.0.spawn_blocking(func))
    }

    /// Runs a future to completion on this thread.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        recorded!(future: F, BlockOn => self.0.block_on(future))
    }

    /// The flavor of the runtime.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        self.0.runtime_flavor()
    }

    /// The id of the runtime.
    pub fn id(&self) -> Id {
        self.0.id()
    }

    /// The name of the runtime, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// tokio's metrics of the runtime.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.0.metrics()
    }
}

#[cfg(all(tokio_unstable, feature = "taskdump", target_os = "linux"))]
impl Handle {
    /// Captures a trace of every task of the runtime.
    pub fn dump(&self) -> impl Future<Output = tokio::runtime::Dump> {
        self.0.dump()
    }

    /// Whether this thread is capturing a dump.
    pub fn is_tracing() -> bool {
        tokio::runtime::Handle::is_tracing()
    }
}

/// Gives access to the runtime through `RuntimeHooks`.
impl From<Handle> for crate::Tokio {
    fn from(handle: Handle) -> Self {
        handle.0.into()
    }
}

delegate!(impl[] Handle | tokio::runtime::Handle);
