//! The state of an [`Abortable`](super::Abortable): the runtime's own handle, or what an abort or an early check
//! left.

use std::mem::replace;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::handle::cancel_by_owner::CancelByOwner;
use crate::handle::error::JoinError;
use crate::handle::joinable::Joinable;
use crate::handle::task_handle::TaskHandle;

/// As small as the runtime's own handle, since it moves with the handle: rare states are boxed.
pub(super) enum State<T, H: CancelByOwner<T>> {
    Running(H),
    /// `None` after it was joined.
    Rare(Option<Box<Rare<T, H::Cancel>>>),
}

pub(super) enum Rare<T, C> {
    /// With the waker of the joiner, so that a check does not replace it.
    Cancelling(C, Waker),
    /// Ended and not joined yet.
    Finished(Result<T, JoinError>),
    /// A handle without the runtime's handle: for a task that the runtime would cancel in another way.
    StandIn(Joinable<T>),
}

impl<T, H: CancelByOwner<T>> State<T, H> {
    /// Resolves to the result when the task has ended. After that it resolves to an error.
    #[inline]
    pub(super) fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let polled = match self {
            Self::Running(handle) => handle.poll_join(cx),
            Self::Rare(Some(rare)) => rare.poll_join(cx),
            Self::Rare(None) => return Poll::Ready(Err(JoinError::already_joined())),
        };
        if polled.is_ready() {
            *self = Self::Rare(None);
        }
        polled
    }

    pub(super) fn is_finished(&mut self) -> bool {
        match self {
            Self::Running(handle) => match handle.poll_finished() {
                Poll::Pending => false,
                Poll::Ready(None) => true,
                Poll::Ready(Some(result)) => {
                    *self = Self::Rare(Some(Box::new(Rare::Finished(result))));
                    true
                }
            },
            Self::Rare(rare) => rare.as_mut().is_none_or(|rare| rare.is_finished()),
        }
    }

    /// Has no effect on a task that has ended or is being cancelled.
    pub(super) fn abort(&mut self) {
        if self.is_finished() {
            return;
        }
        *self = match replace(self, Self::Rare(None)) {
            Self::Running(handle) => Self::Rare(Some(Box::new(Rare::begin(handle.cancel())))),
            Self::Rare(rare) => {
                rare.iter().for_each(|rare| rare.abort());
                Self::Rare(rare)
            }
        };
    }
}

impl<T, C: Future<Output = Result<T, JoinError>> + Unpin> Rare<T, C> {
    /// Starts a cancellation, which begins at its first poll.
    fn begin(cancel: C) -> Self {
        let mut this = Self::Cancelling(cancel, Waker::noop().clone());
        this.poll_cancel(Waker::noop());
        this
    }

    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if let Self::Cancelling(_, waker) = self {
            waker.clone_from(cx.waker());
        }
        self.poll_cancel(cx.waker());
        match self {
            Self::Cancelling(..) => Poll::Pending,
            // The state is replaced by the caller after this.
            Self::Finished(result) => {
                Poll::Ready(replace(result, Err(JoinError::already_joined())))
            }
            Self::StandIn(task) => task.poll_join(cx),
        }
    }

    fn abort(&self) {
        if let Self::StandIn(task) = self {
            task.abort();
        }
    }

    fn is_finished(&mut self) -> bool {
        if let Self::Cancelling(_, waker) = self {
            let waker = waker.clone();
            self.poll_cancel(&waker);
        }
        match self {
            Self::Cancelling(..) => false,
            Self::Finished(_) => true,
            Self::StandIn(task) => task.is_finished(),
        }
    }

    fn poll_cancel(&mut self, waker: &Waker) {
        if let Self::Cancelling(cancel, _) = self
            && let Poll::Ready(result) = Pin::new(cancel).poll(&mut Context::from_waker(waker))
        {
            *self = Self::Finished(result);
        }
    }
}
