//! A runtime chosen at run time.

use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use runtime_hooks_recorder::RuntimeGauges;

use super::runtime::RuntimeHooks;
use crate::classify::IsElapsed;
use crate::handle::{Joinable, joinable, joinable_blocking};
use crate::instrumentor::Instrumentor;

/// A boxed future that is `Send`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The dyn-compatible counterpart of [`RuntimeHooks`]. It is private: its methods have the same names.
#[async_trait]
trait DynRuntime: Send + Sync {
    /// The name of the runtime.
    fn name(&self) -> &'static str;

    /// Runs a future as a detached task.
    fn spawn_detached(&self, future: BoxFuture<'static, ()>);

    /// Runs a closure on a thread where it may block, detached.
    fn spawn_blocking_detached(&self, work: Box<dyn FnOnce() + Send>);

    /// Completes after `duration`.
    async fn sleep(&self, duration: Duration);

    /// Runs a future to completion on this thread.
    fn block_on(&self, future: Pin<&mut dyn Future<Output = ()>>);

    /// The clock of `sleep`.
    fn now(&self) -> Instant;

    /// Recognises errors that are elapsed deadlines of this runtime.
    fn is_elapsed(&self) -> IsElapsed;

    /// The runtime's gauges.
    fn gauges(&self) -> RuntimeGauges;

    /// Whether the gauges are read without a call of the program.
    fn reports_gauges(&self) -> bool;

    /// The instrumentor of this runtime.
    fn instrumentor(&self) -> &Instrumentor;
}

#[async_trait]
impl<R: RuntimeHooks> DynRuntime for R {
    fn name(&self) -> &'static str {
        RuntimeHooks::name(self)
    }

    fn spawn_detached(&self, future: BoxFuture<'static, ()>) {
        drop(self.raw_spawn(future));
    }

    fn spawn_blocking_detached(&self, work: Box<dyn FnOnce() + Send>) {
        drop(self.raw_spawn_blocking(work));
    }

    async fn sleep(&self, duration: Duration) {
        RuntimeHooks::sleep(self, duration).await;
    }

    fn block_on(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        self.raw_block_on(future);
    }

    fn now(&self) -> Instant {
        RuntimeHooks::now(self)
    }

    fn is_elapsed(&self) -> IsElapsed {
        RuntimeHooks::is_elapsed(self)
    }

    fn gauges(&self) -> RuntimeGauges {
        RuntimeHooks::gauges(self)
    }

    fn reports_gauges(&self) -> bool {
        RuntimeHooks::reports_gauges(self)
    }

    fn instrumentor(&self) -> &Instrumentor {
        RuntimeHooks::instrumentor(self)
    }
}

/// Any runtime, chosen at run time: a [`RuntimeHooks`] that costs one or two more allocations per task.
///
/// The facade creates it from a name, for programs that read the name from their configuration.
#[derive(Clone)]
pub struct AnyRuntime(Arc<dyn DynRuntime>);

impl AnyRuntime {
    /// Erases the type of a runtime.
    pub fn new(runtime: impl RuntimeHooks) -> Self {
        Self(Arc::new(runtime))
    }
}

#[deny(clippy::missing_trait_methods)] // a method that is not forwarded would use the default of the trait
impl RuntimeHooks for AnyRuntime {
    type Task<T: Send + 'static> = Joinable<T>;
    type Sleep = BoxFuture<'static, ()>;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn raw_spawn<F>(&self, future: F) -> Joinable<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (run, task) = joinable(future);
        self.0.spawn_detached(Box::pin(run));
        task
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Joinable<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (run, task) = joinable_blocking(work);
        self.0.spawn_blocking_detached(Box::new(run));
        task
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let runtime = Arc::clone(&self.0);
        let Some(deadline) = runtime.now().checked_add(duration) else {
            // Beyond the range of the clock: never completes.
            return Box::pin(pending());
        };
        // The runtime's timer may start at its first poll: measure from the call.
        Box::pin(
            async move { runtime.sleep(deadline.saturating_duration_since(runtime.now())).await },
        )
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        let mut output = None;
        self.0.block_on(std::pin::pin!(async { output = Some(future.await) }));
        output.expect("block_on completes its future")
    }

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn is_elapsed(&self) -> IsElapsed {
        self.0.is_elapsed()
    }

    fn gauges(&self) -> RuntimeGauges {
        self.0.gauges()
    }

    fn reports_gauges(&self) -> bool {
        self.0.reports_gauges()
    }

    fn instrumentor(&self) -> &Instrumentor {
        self.0.instrumentor()
    }
}

impl fmt::Debug for AnyRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyRuntime").field(&self.0.name()).finish()
    }
}
