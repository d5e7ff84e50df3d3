//! The trait that backends implement.

use std::time::{Duration, Instant};

use runtime_hooks_recorder::RuntimeGauges;

use crate::classify::IsElapsed;
use crate::handle::TaskHandle;
use crate::instrumentor::Instrumentor;

/// A runtime as seen by the instrumentation. Backends implement this trait; programs call
/// [`RuntimeHooksExt`](crate::RuntimeHooksExt).
///
/// A backend implements five methods:
///
/// - [`name`](Self::name): the name of the runtime;
/// - [`raw_spawn`](Self::raw_spawn): runs a future as a task;
/// - [`raw_spawn_blocking`](Self::raw_spawn_blocking): runs a closure on a thread where it may block;
/// - [`sleep`](Self::sleep): waits;
/// - [`raw_block_on`](Self::raw_block_on): runs a future to completion on this thread;
///
/// and [`gauges`](Self::gauges) if the runtime has gauges. A backend does not count, time or name tasks: the futures
/// that it gets are already wrapped. If the executor's handle cannot join and abort, use
/// [`joinable`](crate::joinable).
///
/// All backends behave the same: dropping a task's handle detaches the task, aborting a task drops its future, and a
/// panic stays inside the task and is returned by its handle. The `runtime-hooks-conformance` suite checks this.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use futures_lite::future::{block_on, Boxed, FutureExt};
/// use runtime_hooks_core::{joinable, joinable_blocking, Joinable, RuntimeHooks, RuntimeHooksExt};
///
/// /// One thread per task.
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
/// The bounds allow generic code to do what code for one runtime does: a task can spawn other tasks, and hold handles
/// and sleeps across an `.await`.
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt};
///
/// async fn serve<R: RuntimeHooks>(runtime: R) -> u32 {
///     let inner = runtime.clone();
///     let task = runtime.spawn(async move {
///         let children = [3, 4].map(|number| inner.spawn(async move { number }));
///         let mut sum = 0;
///         for child in &children {
///             inner.sleep(Duration::ZERO).await; // a handle is `Sync`: a reference can be held
///             println!("ended: {}", child.is_finished());
///         }
///         for child in children {
///             sum += child.await.unwrap_or(0);
///         }
///         sum
///     });
///     task.await.unwrap_or(0)
/// }
/// ```
///
/// A runtime that is bound to one thread implements [`LocalRuntimeHooks`](crate::LocalRuntimeHooks) instead. A
/// runtime that can also run tasks that are not `Send` implements [`SpawnLocal`](crate::SpawnLocal) in addition.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle of a runtime that runs tasks on any thread",
    label = "not a `RuntimeHooks`",
    note = "pass the handle by value: `runtime.clone()` instead of `&runtime`, and `owner.handle().clone()` of a type \
            that owns its runtime",
    note = "a runtime that is bound to one thread is a `LocalRuntimeHooks`: use `LocalRuntimeHooksExt`"
)]
pub trait RuntimeHooks: Clone + Send + Sync + 'static {
    /// The runtime's own handle of a task.
    type Task<T: Send + 'static>: TaskHandle<T> + Send + Sync;

    /// The future that [`sleep`](Self::sleep) returns. Its output is ignored.
    type Sleep: Future + Send;

    /// The name of the runtime: `async.runtime.name`.
    fn name(&self) -> &'static str;

    /// Runs a future as a task. The future is already instrumented.
    fn raw_spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Runs a closure on a thread where it may block. A closure that has not started can be aborted.
    fn raw_spawn_blocking<F, T>(&self, work: F) -> Self::Task<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Completes after `duration`, counted from the call and not from the first poll.
    fn sleep(&self, duration: Duration) -> Self::Sleep;

    /// Runs a future to completion on this thread, and drives the runtime's timers and I/O meanwhile.
    fn raw_block_on<F: Future>(&self, future: F) -> F::Output;

    /// The clock of [`sleep`](Self::sleep), for runtimes that can pause it in tests.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Recognises errors that are elapsed deadlines of this runtime, for
    /// [`by_result`](crate::RuntimeHooksExt::by_result). None by default.
    fn is_elapsed(&self) -> IsElapsed {
        |_| false
    }

    /// The runtime's gauges. None by default.
    fn gauges(&self) -> RuntimeGauges {
        RuntimeGauges::default()
    }

    /// Whether the global instrumentor's recorder reads the gauges without a call of
    /// [`watch`](crate::RuntimeHooksExt::watch). `false` by default.
    fn reports_gauges(&self) -> bool {
        false
    }

    /// The instrumentor of this runtime: the global one, unless the runtime is a
    /// [`WithInstrumentor`](crate::WithInstrumentor).
    fn instrumentor(&self) -> &Instrumentor {
        Instrumentor::global()
    }
}
