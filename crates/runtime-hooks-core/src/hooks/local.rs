//! Backend traits for tasks that stay on their thread.

use std::time::{Duration, Instant};

use crate::classify::IsElapsed;
use crate::handle::TaskHandle;
use crate::instrumentor::Instrumentor;

/// Runs futures that are not `Send` as tasks of the current thread.
///
/// A multi-threaded runtime implements this in addition to [`RuntimeHooks`](crate::RuntimeHooks) if it can run such
/// tasks. A runtime that is bound to one thread implements it for [`LocalRuntimeHooks`].
pub trait SpawnLocal {
    /// The runtime's own handle of such a task. Neither the handle nor the output needs to be `Send`.
    type LocalTask<T: 'static>: TaskHandle<T>;

    /// Runs a future as a task on this thread. It is already instrumented.
    fn raw_spawn_local<F>(&self, future: F) -> Self::LocalTask<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static;
}

/// A runtime that is bound to one thread, or borrowed: [`RuntimeHooks`](crate::RuntimeHooks) without `Send`, `Sync` and
/// `'static`.
///
/// Programs call [`LocalRuntimeHooksExt`](crate::LocalRuntimeHooksExt). A backend implements [`SpawnLocal`] and this
/// trait. The methods behave as those of [`RuntimeHooks`](crate::RuntimeHooks).
///
/// ```
/// use std::rc::Rc;
/// use std::time::Duration;
/// use futures_lite::future::{self, Boxed, FutureExt};
/// use runtime_hooks_core::{
///     joinable, joinable_blocking, Joinable, LocalRuntimeHooks, LocalRuntimeHooksExt, SpawnLocal,
/// };
///
/// /// Runs each task to completion where it is spawned.
/// #[derive(Clone)]
/// struct AtOnce(Rc<()>);
///
/// impl SpawnLocal for AtOnce {
///     type LocalTask<T: 'static> = Joinable<T>;
///
///     fn raw_spawn_local<F: Future + 'static>(&self, future: F) -> Joinable<F::Output> {
///         let (run, task) = joinable(future);
///         future::block_on(run);
///         task
///     }
/// }
///
/// impl LocalRuntimeHooks for AtOnce {
///     type Sleep = Boxed<()>;
///
///     fn name(&self) -> &'static str {
///         "at-once"
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
///         async move { std::thread::sleep(duration) }.boxed()
///     }
///
///     fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
///         future::block_on(future)
///     }
/// }
///
/// let runtime = AtOnce(Rc::new(()));
/// let here = Rc::new(1);
/// let sum = runtime.block_on(async { runtime.spawn_local(async move { *here + 1 }).await });
/// assert_eq!(sum.unwrap(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle of a runtime that is bound to one thread",
    label = "not a `LocalRuntimeHooks`",
    note = "a runtime that can be used from any thread is a `RuntimeHooks`: use `RuntimeHooksExt`"
)]
pub trait LocalRuntimeHooks: SpawnLocal + Clone {
    /// The future that [`sleep`](Self::sleep) returns. Its output is ignored.
    type Sleep: Future;

    /// The name of the runtime: `async.runtime.name`.
    fn name(&self) -> &'static str;

    /// Runs a closure on a thread where it may block. A closure that has not started can be aborted.
    fn raw_spawn_blocking<F, T>(&self, work: F) -> Self::LocalTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Completes after this duration, counted from the call and not from the first poll.
    fn sleep(&self, duration: Duration) -> Self::Sleep;

    /// Runs a future to completion on this thread, and drives the runtime's timers and I/O meanwhile.
    fn raw_block_on<F: Future>(&self, future: F) -> F::Output;

    /// The clock of [`sleep`](Self::sleep), for runtimes that can pause it in tests.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Recognises errors that are elapsed deadlines of this runtime. None by default.
    fn is_elapsed(&self) -> IsElapsed {
        |_| false
    }

    /// The instrumentor of this runtime: the global one, unless the runtime is a
    /// [`WithInstrumentor`](crate::WithInstrumentor).
    fn instrumentor(&self) -> &Instrumentor {
        Instrumentor::global()
    }
}
