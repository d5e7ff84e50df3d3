//! Awaits several futures at once and returns all their outputs.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{JoinAll, TryFuture, TryJoinAll, join_all, try_join_all};
use pin_project_lite::pin_project;

pin_project! {
    /// Resolves to the outputs of all members, in their order: returned by [`gather`](crate::AsyncioExt::gather).
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Gather<F: Future> {
        #[pin]
        members: JoinAll<F>,
    }
}

impl<F: Future> Gather<F> {
    pub(crate) fn new(members: impl Iterator<Item = F>) -> Self {
        Self { members: join_all(members) }
    }
}

impl<F: Future> Future for Gather<F> {
    type Output = Vec<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().members.poll(cx)
    }
}

impl<F: Future> fmt::Debug for Gather<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

pin_project! {
    /// Resolves to the outputs of all members, in their order, or to the first error: returned by
    /// [`try_gather`](crate::AsyncioExt::try_gather).
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct TryGather<F: TryFuture> {
        #[pin]
        members: TryJoinAll<F>,
    }
}

impl<F, T, E> TryGather<F>
where
    F: Future<Output = Result<T, E>>,
{
    pub(crate) fn new(members: impl Iterator<Item = F>) -> Self {
        Self { members: try_join_all(members) }
    }
}

impl<F, T, E> Future for TryGather<F>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<Vec<T>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().members.poll(cx)
    }
}

impl<F: TryFuture> fmt::Debug for TryGather<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryGather").finish_non_exhaustive()
    }
}
