//! What a backend provides.

use std::time::{Duration, Instant};

use runtime_hooks_recorder::RuntimeGauges;

use crate::classify::IsElapsed;
use crate::dependency::Dependency;
use crate::handle::TaskHandle;
use crate::instrumentor::Instrumentor;

/// A runtime, as the instrumentation sees it. Backends implement it; users call
/// [`RuntimeHooksExt`](crate::RuntimeHooksExt).
///
/// To write a backend, write these five:
///
/// - [`name`](Self::name): what the runtime is called;
/// - [`raw_spawn`](Self::raw_spawn): run a future as a task;
/// - [`raw_spawn_blocking`](Self::raw_spawn_blocking): run a closure where it may block;
/// - [`sleep`](Self::sleep): wait;
/// - [`raw_block_on`](Self::raw_block_on): run a future here, to its end.
///
/// and [`gauges`](Self::gauges) if the runtime can tell about itself. Nothing in a backend counts,
/// times or names anything: what it is given has been wrapped already. If the executor has no
/// handle that joins and aborts, [`joinable`](crate::joinable) makes one.
///
/// A backend behaves as all others do: dropping a task's handle detaches the task, aborting it
/// drops its future, a panic stays inside the task and comes back from its handle. The
/// `runtime-hooks-conformance` suite checks that.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use futures_lite::future::{block_on, Boxed, FutureExt};
/// use runtime_hooks_core::{joinable, joinable_blocking, Joinable, RuntimeHooks, RuntimeHooksExt};
///
/// /// A thread for each task.
/// #[derive(Clone)]
/// struct Threads;
///
/// impl RuntimeHooks for Threads {
///     type Task<T: Send + 'static> = Joinable<T>;
///     type Sleep = Boxed<()>;
///
///     fn name(&self) -> &'static str {
///         "threads"
///     }
///
///     fn raw_spawn<F>(&self, future: F) -> Joinable<F::Output>
///     where
///         F: Future + Send + 'static,
///         F::Output: Send + 'static,
///     {
///         let (run, task) = joinable(future);
///         std::thread::spawn(|| block_on(run));
///         task
///     }
///
///     fn raw_spawn_blocking<F, T>(&self, work: F) -> Joinable<T>
///     where
///         F: FnOnce() -> T + Send + 'static,
///         T: Send + 'static,
///     {
///         let (run, task) = joinable_blocking(work);
///         std::thread::spawn(run);
///         task
///     }
///
///     fn sleep(&self, duration: Duration) -> Boxed<()> {
///         let task = self.raw_spawn_blocking(move || std::thread::sleep(duration));
///         async move { drop(task.await) }.boxed()
///     }
///
///     fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
///         block_on(future)
///     }
/// }
///
/// let sum = Threads.block_on(async { Threads.spawn(async { 1 + 1 }).await });
/// assert_eq!(sum.unwrap(), 2);
/// ```
///
/// # Bounds
///
/// The bounds let generic code do what code for one runtime does: a task spawns other tasks, and holds handles and sleeps
/// across an `.await`.
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt};
///
/// async fn serve<R: RuntimeHooks>(runtime: R) -> u32 {
///     let inner = runtime.clone();
///     let task = runtime.spawn(async move {
///         let child = inner.spawn(async { 7 });
///         inner.sleep(Duration::ZERO).await;
///         child.await.unwrap_or(0)
///     });
///     task.await.unwrap_or(0)
/// }
/// ```
///
/// What is bound to one thread implements [`LocalRuntimeHooks`](crate::LocalRuntimeHooks) instead. A runtime that also
/// runs tasks that are not `Send` implements [`SpawnLocal`](crate::SpawnLocal) beside this trait.
pub trait RuntimeHooks: Clone + Send + Sync + 'static {
    /// The runtime's own handle of a task.
    type Task<T: Send + 'static>: TaskHandle<T> + Send;

    /// The future that [`sleep`](Self::sleep) returns. Its output is ignored.
    type Sleep: Future + Send;

    /// What the runtime is called: `async.runtime.name`.
    fn name(&self) -> &'static str;

    /// Runs a future as a task, and nothing else.
    fn raw_spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Runs a closure on a thread where it may block, and nothing else. One that does not run yet
    /// can be aborted.
    fn raw_spawn_blocking<F, T>(&self, work: F) -> Self::Task<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Completes after this long; counted from the call, not from the first poll.
    fn sleep(&self, duration: Duration) -> Self::Sleep;

    /// Runs a future on this thread, to its end, with the runtime's timers and I/O at work.
    fn raw_block_on<F: Future>(&self, future: F) -> F::Output;

    /// The time that [`sleep`](Self::sleep) goes by: for runtimes that can stop it in tests.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Says of an error whether it is an elapsed deadline of this runtime's own: what
    /// [`by_result`](crate::RuntimeHooksExt::by_result) asks. None by default.
    fn is_elapsed(&self) -> IsElapsed {
        |_| false
    }

    /// Which crates in which versions this backend instruments. Not told by default.
    fn dependencies(&self) -> &'static [Dependency] {
        &[]
    }

    /// What the runtime says of itself. Nothing by default.
    fn gauges(&self) -> RuntimeGauges {
        RuntimeGauges::default()
    }

    /// Who instruments this runtime. The process's instrumentor, unless the runtime is
    /// [`WithInstrumentor`](crate::WithInstrumentor).
    fn instrumentor(&self) -> &Instrumentor {
        Instrumentor::global()
    }
}
