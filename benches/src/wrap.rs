//! A runtime whose futures and closures a peer wraps.

use std::time::Duration;

use futures_util::future::join_all;

use crate::runtime::Runtime;
use crate::system::System;

/// How a peer wraps a future or closure before the runtime gets it.
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

/// A runtime's own calls, with futures and closures that a peer has wrapped.
#[derive(Clone, Debug)]
pub struct Wrapped<R, W> {
    /// The runtime.
    pub runtime: R,
    /// The peer.
    pub by: W,
}

impl<R: Runtime, W: Wrap> System for Wrapped<R, W> {
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
