//! `RuntimeHooks` for tokio.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{fmt, io};

use runtime_hooks_core::support::{AttachedRuntime, block_on_as, box_if_large};
use runtime_hooks_core::{Dependency, IsElapsed, RuntimeGauges, RuntimeHooks, SpawnLocal};
use tokio::runtime::{Builder, Handle, Runtime, TryCurrentError};

use crate::foreign::not_foreign;
use crate::gauges::{NAME, attach, attach_owned, gauges_of};
use crate::raw_task::RawTask;
use crate::sleep::Sleep;

/// The versions of tokio that this crate instruments.
pub const DEPENDENCIES: &[Dependency] = &[Dependency::new("tokio", ">=1.51, <2")];

/// A handle of a tokio runtime of either flavor. It is cheap to clone and does not keep the runtime alive.
///
/// See the [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Tokio {
    handle: Handle,
    /// Set if the runtime is a `TokioRuntime`: the timers of a current-thread runtime only run in the runtime's own
    /// `block_on`.
    owner: Weak<Runtime>,
}

impl Tokio {
    /// The runtime that the calling code runs on.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime. See [`try_current`](Self::try_current).
    #[track_caller]
    pub fn current() -> Self {
        Handle::current().into()
    }

    /// The runtime that the calling code runs on; an error if there is none.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        Handle::try_current().map(Self::from)
    }

    /// tokio's own handle.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl From<Handle> for Tokio {
    /// The recorder of the installed instrumentor reads the runtime's gauges from now on.
    fn from(handle: Handle) -> Self {
        attach(&handle);
        Self { handle, owner: Weak::new() }
    }
}

impl fmt::Debug for Tokio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tokio").field(&self.handle.runtime_flavor()).finish()
    }
}

impl RuntimeHooks for Tokio {
    type Task<T: Send + 'static> = RawTask<T>;
    type Sleep = Sleep;

    fn name(&self) -> &'static str {
        NAME
    }

    #[inline]
    #[track_caller]
    fn raw_spawn<F>(&self, future: F) -> RawTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let _not_foreign = not_foreign();
        RawTask::new(self.handle.spawn(future))
    }

    #[inline]
    #[track_caller]
    fn raw_spawn_blocking<F, T>(&self, work: F) -> RawTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        RawTask::new(self.handle.spawn_blocking(work))
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Sleep {
        // Created in this runtime's context, so that any thread can create a timer.
        let _context = self.handle.enter();
        Sleep::new(duration)
    }

    #[track_caller]
    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        match self.owner.upgrade() {
            Some(runtime) => runtime.block_on(future),
            None => self.handle.block_on(future),
        }
    }

    fn now(&self) -> Instant {
        // tokio's clock, which stops while a test has paused it.
        let _context = self.handle.enter();
        tokio::time::Instant::now().into_std()
    }

    fn is_elapsed(&self) -> IsElapsed {
        |error| error.is::<tokio::time::error::Elapsed>()
    }

    fn gauges(&self) -> RuntimeGauges {
        gauges_of(&self.handle)
    }

    fn reports_gauges(&self) -> bool {
        true
    }
}

impl SpawnLocal for Tokio {
    type LocalTask<T: 'static> = RawTask<T>;

    /// # Panics
    ///
    /// If it is called outside a [`tokio::task::LocalSet`].
    #[track_caller]
    fn raw_spawn_local<F>(&self, future: F) -> RawTask<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        RawTask::new(tokio::task::spawn_local(future))
    }
}

/// An owned tokio runtime, shut down when dropped. Spawn through its [`handle`](Self::handle).
///
/// The recorder of the installed instrumentor reads its gauges until it is dropped.
///
/// ```
/// use runtime_hooks_tokio::{RuntimeHooksExt, TokioRuntime};
///
/// let tokio = TokioRuntime::current_thread()?;
/// let sum = tokio.block_on(async { 1 + 1 });
/// assert_eq!(sum, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TokioRuntime {
    // First, so that the last gauges are read while the runtime still exists.
    _attached: AttachedRuntime,
    tokio: Tokio,
    runtime: Arc<Runtime>,
}

impl TokioRuntime {
    /// Creates a runtime with one worker thread per core, with I/O and time enabled.
    #[cfg(feature = "rt-multi-thread")]
    pub fn multi_thread() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build().map(Self::from)
    }

    /// Creates a runtime that runs on the thread that calls `block_on`, with I/O and time enabled.
    pub fn current_thread() -> io::Result<Self> {
        Builder::new_current_thread().enable_all().build().map(Self::from)
    }

    /// The handle of this runtime, which spawns, runs and limits as every [`RuntimeHooks`] does. Clone it into tasks.
    pub fn handle(&self) -> &Tokio {
        &self.tokio
    }

    /// Runs a future on this thread to its end, recorded as a spawned `coroutine` is.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        box_if_large!(future: F as of => block_on_as(&self.tokio, of, future))
    }

    /// Shuts down without waiting for running tasks. Can be called from async code.
    pub fn shutdown_background(self) {
        if let Some(runtime) = Arc::into_inner(self.runtime) {
            runtime.shutdown_background();
        }
    }
}

impl From<Runtime> for TokioRuntime {
    /// Wraps a runtime that was built with tokio's builder.
    fn from(runtime: Runtime) -> Self {
        let runtime = Arc::new(runtime);
        let tokio = Tokio { handle: runtime.handle().clone(), owner: Arc::downgrade(&runtime) };
        Self { _attached: attach_owned(runtime.handle()), tokio, runtime }
    }
}
