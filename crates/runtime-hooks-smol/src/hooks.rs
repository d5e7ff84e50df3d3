//! `RuntimeHooks` for smol: its global executor, and custom executors.
#![expect(
    clippy::inline_always,
    reason = "returning a handle of three words through memory costs 8 ns"
)]

use std::ops::Deref;
use std::time::Duration;

use runtime_hooks_core::{
    Dependency, Joinable, LocalRuntimeHooks, RuntimeHooks, SpawnLocal, joinable_blocking,
};
use smol::{Executor, LocalExecutor, Timer};

use crate::raw_task::{LocalRawTask, RawTask, local, sendable};

/// The versions of smol that this crate instruments.
pub const DEPENDENCIES: &[Dependency] = &[Dependency::new("smol", ">=2, <3")];

/// smol's global executor: `smol::spawn`, `smol::unblock`, `smol::block_on`.
///
/// See the [crate's documentation](crate) for an example.
#[derive(Clone, Copy, Debug, Default)]
pub struct Smol;

impl RuntimeHooks for Smol {
    type Task<T: Send + 'static> = RawTask<T>;
    type Sleep = Timer;

    fn name(&self) -> &'static str {
        "smol"
    }

    #[inline(always)]
    fn raw_spawn<F>(&self, future: F) -> RawTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        sendable(smol::spawn(future))
    }

    #[inline]
    fn raw_spawn_blocking<F, T>(&self, work: F) -> RawTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        unblock(work).into()
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Timer {
        Timer::after(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(future)
    }
}

/// A custom executor, behind a shared pointer: `Arc<Executor<'static>>` or `&'static Executor<'static>`.
///
/// A borrowed executor does not work here, since its tasks could not hold it: put it into an `Arc`. To record tasks
/// of an executor that must be borrowed, spawn the future that
/// [`instrument`](runtime_hooks_core::RuntimeHooksExt::instrument) returns:
/// `executor.spawn(Smol.instrument(future))`.
///
/// Its tasks run only while the executor is run, for example by
/// [`block_on`](runtime_hooks_core::RuntimeHooksExt::block_on).
///
/// ```
/// use std::sync::Arc;
/// use runtime_hooks_smol::{OnExecutor, RuntimeHooksExt};
/// use smol::Executor;
///
/// let smol = OnExecutor(Arc::new(Executor::new()));
/// let sum = smol.block_on(async { smol.spawn(async { 1 + 1 }).await });
/// assert_eq!(sum.unwrap(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OnExecutor<E>(pub E);

impl<E> RuntimeHooks for OnExecutor<E>
where
    E: Deref<Target = Executor<'static>> + Clone + Send + Sync + 'static,
{
    type Task<T: Send + 'static> = RawTask<T>;
    type Sleep = Timer;

    fn name(&self) -> &'static str {
        Smol.name()
    }

    #[inline(always)]
    fn raw_spawn<F>(&self, future: F) -> RawTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        sendable(self.0.spawn(future))
    }

    #[inline]
    fn raw_spawn_blocking<F, T>(&self, work: F) -> RawTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Smol.raw_spawn_blocking(work)
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Timer {
        Smol.sleep(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(self.0.run(future))
    }
}

/// A custom single-threaded executor, behind a shared pointer: `&LocalExecutor` or `Rc<LocalExecutor>`.
///
/// ```
/// use std::rc::Rc;
/// use runtime_hooks_smol::{LocalRuntimeHooksExt, OnLocalExecutor};
/// use smol::LocalExecutor;
///
/// let smol = OnLocalExecutor(Rc::new(LocalExecutor::new()));
/// let here = Rc::new(1);
/// let sum = smol.block_on(async { smol.spawn_local(async move { *here + 1 }).await });
/// assert_eq!(sum.unwrap(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OnLocalExecutor<E>(pub E);

impl<'e, E: Deref<Target = LocalExecutor<'e>> + Clone> LocalRuntimeHooks for OnLocalExecutor<E> {
    type Sleep = Timer;

    fn name(&self) -> &'static str {
        Smol.name()
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> LocalRawTask<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        unblock(work).into()
    }

    #[inline]
    fn sleep(&self, duration: Duration) -> Timer {
        Smol.sleep(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        smol::block_on(self.0.run(future))
    }
}

impl<'e, E: Deref<Target = LocalExecutor<'e>> + Clone> SpawnLocal for OnLocalExecutor<E> {
    type LocalTask<T: 'static> = LocalRawTask<T>;

    fn raw_spawn_local<F>(&self, future: F) -> LocalRawTask<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        local(self.0.spawn(future))
    }
}

/// Runs a closure on the blocking pool. Aborting smol's own task would lose the output of a running closure.
fn unblock<F, T>(work: F) -> Joinable<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (run, task) = joinable_blocking(work);
    smol::unblock(run).detach();
    task
}
