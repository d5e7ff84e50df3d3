//! What users call: the same on every runtime, because it is written once.

use std::sync::Arc;
use std::time::Duration;

use super::{Observed, RuntimeHooks, SpawnLocal, TaskBuilder};
use crate::instrumentor::Instrumentor;
use crate::interval::Interval;
use crate::name::Name;
use crate::recorder::WatchGuard;
use crate::task::{Instrumented, JoinHandle};
use crate::timeout::Timeout;

/// Spawns, blocking calls and timeouts, recorded. Every [`RuntimeHooks`] has it.
///
/// Each call records one process; see the [crate's documentation](crate) for what of it, and under
/// which name. To choose the name, go through [`task`](Self::task).
///
/// ```
/// # use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt, JoinError};
/// use std::time::Duration;
///
/// async fn fetch(url: &'static str) -> usize {
///     url.len()
/// }
///
/// # async fn example<R: RuntimeHooks>(runtime: R) -> Result<(), Box<dyn std::error::Error>> {
/// let length = runtime.spawn(fetch("a.rs")).await?; // recorded as `fetch`
/// let shout = runtime.spawn_blocking(|| "done".to_uppercase()).await?;
/// let in_time = runtime.timeout(Duration::from_secs(1), fetch("b.rs")).await?;
/// let named = runtime.task("refresh").spawn(async { 1 }).await?;
/// # Ok(())
/// # }
/// ```
pub trait RuntimeHooksExt: RuntimeHooks {
    /// Runs a future as a task: a `coroutine` named after it.
    #[track_caller]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output, Self>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        TaskBuilder::unnamed(self).spawn(future)
    }

    /// As [`spawn`](Self::spawn), for a future that stays on this thread.
    ///
    /// # Panics
    ///
    /// Where the runtime has no place for such tasks here: tokio outside a `LocalSet`.
    #[track_caller]
    fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output, Self>
    where
        Self: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
    {
        TaskBuilder::unnamed(self).spawn_local(future)
    }

    /// Runs a closure where it may block: a `to_thread` process, whose wait for a thread is its
    /// schedule delay and whose run is its one poll.
    #[track_caller]
    fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T, Self>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        TaskBuilder::unnamed(self).spawn_blocking(work)
    }

    /// Gives a future this long to complete. The process it is recorded as ends in state `timeout`
    /// if that is not enough; else as the future does.
    ///
    /// The future is polled first: one that is ready is never too late, however short the time.
    #[track_caller]
    fn timeout<F: Future>(&self, duration: Duration, future: F) -> Timeout<F, Self::Sleep> {
        TaskBuilder::unnamed(self).timeout(duration, future)
    }

    /// Records a future that is awaited in place: a `coroutine` if its type has a name, else a
    /// `future`. Its life starts now. One that records itself already is left as it is.
    #[track_caller]
    fn instrument<F: Future>(&self, future: F) -> Instrumented<F> {
        TaskBuilder::unnamed(self).instrument(future)
    }

    /// Runs a future on this thread, to its end: a `coroutine`, as if it had been spawned.
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        TaskBuilder::unnamed(self).block_on(future)
    }

    /// A tick every `period`, the first at once. Records nothing.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[track_caller]
    fn interval(&self, period: Duration) -> Interval<Self> {
        Interval::new(self.clone(), period)
    }

    /// Gives the next call a name of your choice.
    ///
    /// Names are series: they say what the work is, not which request it is for.
    fn task(&self, name: impl Into<Name>) -> TaskBuilder<'_, Self> {
        TaskBuilder::named(self, name.into())
    }

    /// The same runtime, recorded by another instrumentor than the process's: for tests, or for a
    /// part of a program that is to be looked at on its own.
    fn observed_by(&self, instrumentor: Arc<Instrumentor>) -> Observed<Self> {
        Observed::new(self.clone(), instrumentor)
    }

    /// Shows this runtime's own gauges in the snapshots of its recorder, until the guard is dropped.
    fn watch(&self) -> WatchGuard
    where
        Self: Send + Sync + 'static,
    {
        let runtime = self.clone();
        self.instrumentor().recorder().watch(self.name(), move || runtime.gauges())
    }
}

impl<R: RuntimeHooks> RuntimeHooksExt for R {}
