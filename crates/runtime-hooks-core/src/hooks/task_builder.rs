//! One call, with or without a name: where every process is submitted.

use std::any::type_name;
use std::panic::Location;
use std::time::Duration;

use super::{RuntimeHooks, SpawnLocal};
use crate::instrumentor::Method;
use crate::name::{Name, Role, Site};
use crate::task::{Instrumented, JoinHandle, Probe, blocking, is_instrumented};
use crate::timeout::Timeout;

/// A call with a name: made by [`RuntimeHooksExt::task`](crate::RuntimeHooksExt::task), and spent
/// by the method that is to bear the name.
#[derive(Clone, Debug)]
#[must_use = "a name alone does nothing: call `spawn` or another method on it"]
pub struct TaskBuilder<'r, R> {
    runtime: &'r R,
    name: Option<Name>,
}

impl<'r, R: RuntimeHooks> TaskBuilder<'r, R> {
    pub(crate) fn unnamed(runtime: &'r R) -> Self {
        Self { runtime, name: None }
    }

    pub(crate) fn named(runtime: &'r R, name: Name) -> Self {
        Self { runtime, name: Some(name) }
    }

    /// As [`RuntimeHooksExt::spawn`](crate::RuntimeHooksExt::spawn).
    #[inline]
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> JoinHandle<F::Output, R>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = self.runtime;
        let probe = self.submit::<F>(Method::Spawn, Role::Task, Location::caller());
        JoinHandle::new(runtime.raw_spawn(Instrumented::new(probe, future)))
    }

    /// As [`RuntimeHooksExt::spawn_local`](crate::RuntimeHooksExt::spawn_local).
    #[inline]
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> JoinHandle<F::Output, R>
    where
        R: SpawnLocal,
        F: Future + 'static,
        F::Output: 'static,
    {
        let runtime = self.runtime;
        let probe = self.submit::<F>(Method::SpawnLocal, Role::Task, Location::caller());
        JoinHandle::new(runtime.raw_spawn_local(Instrumented::new(probe, future)))
    }

    /// As [`RuntimeHooksExt::spawn_blocking`](crate::RuntimeHooksExt::spawn_blocking).
    #[inline]
    #[track_caller]
    pub fn spawn_blocking<F, T>(self, work: F) -> JoinHandle<T, R>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let runtime = self.runtime;
        let probe = self.submit::<F>(Method::SpawnBlocking, Role::Blocking, Location::caller());
        JoinHandle::new(runtime.raw_spawn_blocking(blocking(probe, work)))
    }

    /// As [`RuntimeHooksExt::timeout`](crate::RuntimeHooksExt::timeout).
    #[track_caller]
    pub fn timeout<F: Future>(self, duration: Duration, future: F) -> Timeout<F, R::Sleep> {
        let runtime = self.runtime;
        let probe = self.submit::<F>(Method::Timeout, Role::Future, Location::caller());
        Timeout::new(Instrumented::new(probe, future), runtime.sleep(duration), duration)
    }

    /// As [`RuntimeHooksExt::instrument`](crate::RuntimeHooksExt::instrument).
    #[track_caller]
    pub fn instrument<F: Future>(self, future: F) -> Instrumented<F> {
        let probe = self.submit::<F>(Method::Instrument, Role::Future, Location::caller());
        Instrumented::new(probe, future)
    }

    /// As [`RuntimeHooksExt::block_on`](crate::RuntimeHooksExt::block_on).
    #[track_caller]
    pub fn block_on<F: Future>(self, future: F) -> F::Output {
        let runtime = self.runtime;
        let probe = self.submit::<F>(Method::BlockOn, Role::Task, Location::caller());
        runtime.raw_block_on(Instrumented::new(probe, future))
    }

    /// Submits a process of type `F`, unless `F` records itself.
    #[inline]
    fn submit<F>(self, method: Method, role: Role, location: &'static Location<'static>) -> Probe {
        if is_instrumented::<F>() {
            return Probe::off();
        }
        let Self { runtime, name } = self;
        let (name, type_name, runtime_name) = (name.as_ref(), type_name::<F>(), runtime.name());
        let site = Site { name, type_name, role, runtime: runtime_name, location };
        runtime.instrumentor().submit(method, &site)
    }
}
