//! A handle of a runtime.

use runtime_hooks_core::support::delegate;
use tokio::runtime::{EnterGuard, Id, RuntimeFlavor, RuntimeMetrics, TryCurrentError};
use tokio::task::JoinHandle;

use crate::drop_in::{blocking, recorded, spawned};

/// As [`tokio::runtime::Handle`], what runs through it recorded.
///
/// It derefs to the handle that it is around, and is made from and into it.
#[derive(Clone)]
pub struct Handle(tokio::runtime::Handle);

impl Handle {
    /// The runtime that this code runs on.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn current() -> Self {
        Self(tokio::runtime::Handle::current())
    }

    /// The runtime that this code runs on, if there is one.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        tokio::runtime::Handle::try_current().map(Self)
    }

    /// Makes the runtime the current one of this thread while the guard lives.
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

    /// Runs a future to its end on this thread.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        recorded!(future: F, BlockOn => self.0.block_on(future))
    }

    /// Of which flavour the runtime is.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        self.0.runtime_flavor()
    }

    /// The runtime's id.
    pub fn id(&self) -> Id {
        self.0.id()
    }

    /// The runtime's name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// The runtime's own metrics.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.0.metrics()
    }
}

#[cfg(all(tokio_unstable, feature = "taskdump", target_os = "linux"))]
impl Handle {
    /// A trace of every task of the runtime.
    pub fn dump(&self) -> impl Future<Output = tokio::runtime::Dump> {
        self.0.dump()
    }

    /// Whether a dump is being made on this thread.
    pub fn is_tracing() -> bool {
        tokio::runtime::Handle::is_tracing()
    }
}

/// So that what is asked of a runtime that the program is on can be asked of this one.
impl From<Handle> for crate::Tokio {
    fn from(handle: Handle) -> Self {
        handle.0.into()
    }
}

delegate!(impl[] Handle | tokio::runtime::Handle);
