//! What a workload is done by: a runtime bare, wrapped by a peer, or observed by us.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_core::{AsyncioExt, RuntimeHooksExt, WithInstrumentor};
use runtime_hooks_smol::{OnExecutor, Smol};
use runtime_hooks_tokio::Tokio;

use crate::runtime::{OwnExecutor, Runtime};

/// The calls that the workloads are made of.
pub trait Subject: Clone + Send + Sync + 'static {
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

    /// Awaits under a deadline; whether it was in time.
    fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
    where
        F: Future<Output: Send> + Send;

    /// Awaits all of them.
    fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future<Output: Send> + Send;
}

/// What a peer does to a future or closure before it is handed to the runtime.
pub trait Wrap: Clone + Send + Sync + 'static {
    /// Wraps a future.
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<Self, F>;

    /// Wraps a closure; peers that know no closures leave it as it is.
    #[inline(always)]
    fn closure<T, F: FnOnce() -> T + Send>(
        &self,
        work: F,
    ) -> impl FnOnce() -> T + Send + use<Self, T, F> {
        work
    }
}

/// A runtime's own calls, on what a peer has wrapped.
#[derive(Clone, Debug)]
pub struct Wrapped<R, W> {
    /// The runtime.
    pub runtime: R,
    /// The peer.
    pub by: W,
}

impl<R: Runtime, W: Wrap> Subject for Wrapped<R, W> {
    #[inline(always)]
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.runtime.spawn(self.by.future(future))
    }

    #[inline(always)]
    fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.runtime.spawn_blocking(self.by.closure(work))
    }

    #[inline(always)]
    fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
    where
        F: Future<Output: Send> + Send,
    {
        self.runtime.timeout(after, self.by.future(future))
    }

    #[inline(always)]
    fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future<Output: Send> + Send,
    {
        join_all(members.into_iter().map(|member| self.by.future(member)))
    }
}

/// Ours, at whatever detail: a runtime that is observed.
#[derive(Clone, Debug)]
pub struct Ours<H>(pub WithInstrumentor<H>);

/// For each by itself: that the handles of a runtime's tasks can be sent is known of each, not of all.
macro_rules! ours {
    ($($hooks:ty),*) => {$(
        impl Subject for Ours<$hooks> {
            #[inline(always)]
            fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
            where
                F: Future + Send + 'static,
                F::Output: Send + 'static,
            {
                RuntimeHooksExt::spawn(&self.0, future).map(no_panic)
            }

            #[inline(always)]
            fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
            where
                F: FnOnce() -> T + Send + 'static,
                T: Send + 'static,
            {
                RuntimeHooksExt::spawn_blocking(&self.0, work).map(no_panic)
            }

            #[inline(always)]
            fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
            where
                F: Future<Output: Send> + Send,
            {
                RuntimeHooksExt::timeout(&self.0, after, future).map(|result| result.is_ok())
            }

            #[inline(always)]
            fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
            where
                F: Future<Output: Send> + Send,
            {
                AsyncioExt::gather(&self.0, members)
            }
        }
    )*};
}

ours!(Tokio, Smol, OnExecutor<OwnExecutor>, AsyncStd);

/// What joining a task gives that does not panic.
pub(crate) fn no_panic<T, E: Debug>(joined: Result<T, E>) -> T {
    joined.expect("no panic")
}
