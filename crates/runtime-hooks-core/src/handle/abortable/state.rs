//! Where an [`Abortable`](super::Abortable) is: at the runtime's own handle, or at what an abort or an early look left.

use std::mem::replace;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::handle::cancel_by_owner::CancelByOwner;
use crate::handle::error::JoinError;
use crate::handle::joinable::Joinable;
use crate::handle::task_handle::TaskHandle;

/// As small as the runtime's own, since it moves with the handle: what is rare is in a box.
pub(super) enum State<T, H: CancelByOwner<T>> {
    Running(H),
    /// `None` once it was joined.
    Rare(Option<Box<Rare<T, H::Cancel>>>),
}

pub(super) enum Rare<T, C> {
    /// With the waker of whoever waits, so that a look at it does not displace him.
    Cancelling(C, Waker),
    /// Not joined yet.
    Over(Result<T, JoinError>),
    /// Of a task that the runtime would cancel in another way than is asked for.
    StandIn(Joinable<T>),
}

impl<T, H: CancelByOwner<T>> State<T, H> {
    /// Gone, with the result, if the task is over; then there is no second one.
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

    pub(super) fn is_over(&mut self) -> bool {
        match self {
            Self::Running(handle) => match handle.look() {
                Poll::Pending => false,
                Poll::Ready(None) => true,
                Poll::Ready(Some(result)) => {
                    *self = Self::Rare(Some(Box::new(Rare::Over(result))));
                    true
                }
            },
            Self::Rare(rare) => rare.as_mut().is_none_or(|rare| rare.is_over()),
        }
    }

    /// Without effect on a task that is over, and on one that is being cancelled.
    pub(super) fn abort(&mut self) {
        if self.is_over() {
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
    /// A cancellation begins where it is first polled: here.
    fn begin(cancel: C) -> Self {
        let mut this = Self::Cancelling(cancel, Waker::noop().clone());
        this.look(Waker::noop());
        this
    }

    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if let Self::Cancelling(_, waker) = self {
            waker.clone_from(cx.waker());
        }
        self.look(cx.waker());
        match self {
            Self::Cancelling(..) => Poll::Pending,
            // It is taken once: then the whole task is gone.
            Self::Over(result) => Poll::Ready(replace(result, Err(JoinError::already_joined()))),
            Self::StandIn(task) => task.poll_join(cx),
        }
    }

    fn abort(&self) {
        if let Self::StandIn(task) = self {
            task.abort();
        }
    }

    fn is_over(&mut self) -> bool {
        if let Self::Cancelling(_, waker) = self {
            let waker = waker.clone();
            self.look(&waker);
        }
        match self {
            Self::Cancelling(..) => false,
            Self::Over(_) => true,
            Self::StandIn(task) => task.is_finished(),
        }
    }

    fn look(&mut self, waker: &Waker) {
        if let Self::Cancelling(cancel, _) = self
            && let Poll::Ready(result) = Pin::new(cancel).poll(&mut Context::from_waker(waker))
        {
            *self = Self::Over(result);
        }
    }
}
