//! Awaits several futures at once and yields each output as soon as it is ready.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, Stream, StreamExt};

use crate::classify::Classify;
use crate::elapsed::Elapsed;
use crate::timeout::Deadlined;

/// Yields the output of each member as soon as it is ready: returned by
/// [`as_completed`](crate::AsyncioExt::as_completed).
///
/// It is a [`Stream`]. Its own `next` works without `StreamExt`.
#[must_use = "streams do nothing unless polled"]
pub struct AsCompleted<F>(FuturesUnordered<F>);

impl<F: Future> AsCompleted<F> {
    pub(crate) fn new(members: impl Iterator<Item = F>) -> Self {
        Self(members.collect())
    }

    /// The next output; `None` after the outputs of all members.
    pub async fn next(&mut self) -> Option<F::Output> {
        self.0.next().await
    }
}

impl<F: Future> Stream for AsCompleted<F> {
    type Item = F::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.0.poll_next_unpin(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<F> fmt::Debug for AsCompleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("pending", &self.0.len()).finish()
    }
}

/// As [`AsCompleted`], with a deadline: returned by
/// [`as_completed_within`](crate::AsyncioExt::as_completed_within).
///
/// If the deadline elapses while members are pending, it drops them, yields one [`Elapsed`] and ends. Outputs
/// that are ready by then are still yielded.
#[must_use = "streams do nothing unless polled"]
pub struct AsCompletedWithin<F, S, C> {
    members: FuturesUnordered<Deadlined<F, C>>,
    /// In a box, as each member is: the sleep of some runtimes must not move.
    sleep: Pin<Box<S>>,
    duration: Duration,
}

impl<F, S, C> AsCompletedWithin<F, S, C> {
    pub(crate) fn new(
        members: FuturesUnordered<Deadlined<F, C>>,
        sleep: S,
        duration: Duration,
    ) -> Self {
        Self { members, sleep: Box::pin(sleep), duration }
    }
}

impl<F: Future, S: Future, C: Classify<F::Output>> AsCompletedWithin<F, S, C> {
    /// The next output; `None` after the outputs of all members, and after [`Elapsed`].
    pub async fn next(&mut self) -> Option<Result<F::Output, Elapsed>> {
        StreamExt::next(self).await
    }
}

impl<F: Future, S: Future, C: Classify<F::Output>> Stream for AsCompletedWithin<F, S, C> {
    type Item = Result<F::Output, Elapsed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { members, sleep, duration } = self.get_mut();
        if let Poll::Ready(next) = members.poll_next_unpin(cx) {
            return Poll::Ready(next.map(Ok));
        }
        if sleep.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        Pin::new(&mut *members).iter_pin_mut().for_each(Deadlined::elapse);
        members.clear();
        Poll::Ready(Some(Err(Elapsed::new(*duration))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.members.len().min(1), Some(self.members.len()))
    }
}

impl<F, S, C> fmt::Debug for AsCompletedWithin<F, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompletedWithin")
            .field("pending", &self.members.len())
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}
