//! Waits for the first, or for all, of several tasks, with an optional timeout.

use std::fmt;
use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pin_project_lite::pin_project;

/// When [`wait`](crate::AsyncioExt::wait) returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReturnWhen {
    /// When one task has ended.
    FirstCompleted,
    /// When one task has ended with an error, else when all have ended.
    FirstException,
    /// When all tasks have ended.
    #[default]
    AllCompleted,
}

/// The ended tasks, each with its index and output, and the pending ones.
type Waited<M> = (Vec<(usize, <M as Future>::Output)>, Vec<M>);

pin_project! {
    /// Resolves to the ended tasks and the pending ones: returned by [`wait`](crate::AsyncioExt::wait).
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Wait<M: Future, S> {
        pending: FuturesUnordered<Member<M>>,
        done: Vec<(usize, M::Output)>,
        has_failed: bool,
        when: ReturnWhen,
        #[pin]
        sleep: Option<S>,
    }
}

impl<M: Future, S> Wait<M, S> {
    pub(crate) fn new(
        members: impl IntoIterator<Item = M>,
        when: ReturnWhen,
        sleep: Option<S>,
    ) -> Self {
        let members = members.into_iter().enumerate();
        let pending = members.map(|(place, task)| Member { place, task }).collect();
        Self { pending, done: Vec::new(), has_failed: false, when, sleep }
    }
}

impl<M, T, E, S> Future for Wait<M, S>
where
    M: Future<Output = Result<T, E>> + Unpin,
    S: Future,
{
    type Output = Waited<M>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        while let Poll::Ready(Some((place, result))) = this.pending.poll_next_unpin(cx) {
            *this.has_failed |= result.is_err();
            this.done.push((place, result));
        }
        let is_enough = match this.when {
            ReturnWhen::FirstCompleted => !this.done.is_empty(),
            ReturnWhen::FirstException => *this.has_failed,
            ReturnWhen::AllCompleted => false,
        };
        if !is_enough && !this.pending.is_empty() {
            let Some(sleep) = this.sleep.as_pin_mut() else { return Poll::Pending };
            ready!(sleep.poll(cx));
        }
        let mut pending: Vec<_> = take(this.pending).into_iter().collect();
        pending.sort_by_key(|member| member.place);
        this.done.sort_by_key(|(place, _)| *place);
        Poll::Ready((take(this.done), pending.into_iter().map(|member| member.task).collect()))
    }
}

impl<M: Future, S> fmt::Debug for Wait<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("when", &self.when).finish_non_exhaustive()
    }
}

/// A task and its index.
struct Member<M> {
    place: usize,
    task: M,
}

impl<M: Future + Unpin> Future for Member<M> {
    type Output = (usize, M::Output);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx).map(|output| (self.place, output))
    }
}
