//! A system under test: a bare runtime, a runtime whose tasks a peer wraps, or an instrumented runtime.

use std::fmt::Debug;
use std::time::Duration;

/// The calls that workloads use.
pub trait System: Clone + Send + Sync + 'static {
    /// Spawns a task; the future joins it.
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Runs a closure on the blocking pool.
    fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Awaits a future with a deadline; returns whether it was in time.
    fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
    where
        F: Future<Output: Send> + Send;

    /// Awaits all futures.
    fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future<Output: Send> + Send;
}

/// The output of a task that does not panic.
pub(crate) fn no_panic<T, E: Debug>(joined: Result<T, E>) -> T {
    joined.expect("no panic")
}
