//! A runtime with another instrumentor than the global one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime_hooks_recorder::RuntimeGauges;

use super::local::{LocalRuntimeHooks, SpawnLocal};
use super::runtime::RuntimeHooks;
use crate::classify::IsElapsed;
use crate::instrumentor::Instrumentor;

/// A runtime whose calls are recorded by a given instrumentor: returned by
/// [`RuntimeHooksExt::with_instrumentor`](crate::RuntimeHooksExt::with_instrumentor).
#[derive(Clone, Debug)]
pub struct WithInstrumentor<R> {
    runtime: R,
    instrumentor: Arc<Instrumentor>,
}

impl<R> WithInstrumentor<R> {
    pub(crate) fn new(runtime: R, instrumentor: Arc<Instrumentor>) -> Self {
        Self { runtime, instrumentor }
    }

    /// The runtime that it wraps.
    pub fn runtime(&self) -> &R {
        &self.runtime
    }
}

#[deny(clippy::missing_trait_methods)] // a method that is not forwarded would use the default of the trait
impl<R: RuntimeHooks> RuntimeHooks for WithInstrumentor<R> {
    type Task<T: Send + 'static> = R::Task<T>;
    type Sleep = R::Sleep;

    fn name(&self) -> &'static str {
        self.runtime.name()
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as in `builder`")]
    fn raw_spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.runtime.raw_spawn(future)
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Self::Task<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.runtime.raw_spawn_blocking(work)
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.runtime.sleep(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.raw_block_on(future)
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn is_elapsed(&self) -> IsElapsed {
        self.runtime.is_elapsed()
    }

    fn gauges(&self) -> RuntimeGauges {
        self.runtime.gauges()
    }

    fn reports_gauges(&self) -> bool {
        self.runtime.reports_gauges()
    }

    fn instrumentor(&self) -> &Instrumentor {
        &self.instrumentor
    }
}

impl<R: SpawnLocal> SpawnLocal for WithInstrumentor<R> {
    type LocalTask<T: 'static> = R::LocalTask<T>;

    fn raw_spawn_local<F>(&self, future: F) -> Self::LocalTask<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.runtime.raw_spawn_local(future)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: LocalRuntimeHooks> LocalRuntimeHooks for WithInstrumentor<R> {
    type Sleep = R::Sleep;

    fn name(&self) -> &'static str {
        self.runtime.name()
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Self::LocalTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.runtime.raw_spawn_blocking(work)
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.runtime.sleep(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.raw_block_on(future)
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn is_elapsed(&self) -> IsElapsed {
        self.runtime.is_elapsed()
    }

    fn instrumentor(&self) -> &Instrumentor {
        &self.instrumentor
    }
}
