//! `RuntimeHooks` for async-std.

use std::time::Duration;

use async_io::Timer;
use runtime_hooks_core::{Dependency, IsElapsed, RuntimeHooks, joinable_blocking};

use crate::raw_task::{RawTask, spawn};

/// The versions of async-std that this crate instruments.
pub const DEPENDENCIES: &[Dependency] = &[Dependency::new("async-std", ">=1.13, <2")];

/// async-std: `task::spawn`, `task::spawn_blocking`, `task::block_on`.
///
/// See the [crate's documentation](crate) for an example.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsyncStd;

impl RuntimeHooks for AsyncStd {
    type Task<T: Send + 'static> = RawTask<T>;
    type Sleep = Timer;

    fn name(&self) -> &'static str {
        "async-std"
    }

    #[inline]
    fn raw_spawn<F>(&self, future: F) -> RawTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawn(future)
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> RawTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // async-std's task ends at an abort while the closure still runs. So its handle is dropped, which detaches
        // it, and the closure is joined through ours.
        let (run, task) = joinable_blocking(work);
        drop(async_std::task::spawn_blocking(run));
        task.into()
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Timer {
        Timer::after(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        async_std::task::block_on(future)
    }

    fn is_elapsed(&self) -> IsElapsed {
        |error| error.is::<async_std::future::TimeoutError>()
    }
}

#[cfg(feature = "unstable")]
impl runtime_hooks_core::SpawnLocal for AsyncStd {
    type LocalTask<T: 'static> = RawTask<T>;

    fn raw_spawn_local<F>(&self, future: F) -> RawTask<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // The handle may be sent to another thread; async-std's cancellation of a local task may not.
        let (run, task) = runtime_hooks_core::joinable(future);
        drop(async_std::task::spawn_local(run));
        task.into()
    }
}
