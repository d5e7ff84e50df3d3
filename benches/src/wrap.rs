//! A runtime whose futures and closures are wrapped by a peer.

use std::time::Duration;

use futures_util::future::join_all;

use crate::runtime::Runtime;
use crate::system::System;

/// How a peer wraps a future or closure before it goes to the runtime.
pub trait Wrap: Clone + Send + Sync + 'static {
    /// Wraps a future.
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<Self, F>;

    /// Wraps a closure. Peers without an API for closures return it unchanged.
    #[inline(always)]
    fn closure<T, F: FnOnce() -> T + Send>(
        &self,
        work: F,
    ) -> impl FnOnce() -> T + Send + use<Self, T, F> {
        work
    }
}

/// A runtime's own calls, with futures and closures wrapped by a peer.
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
