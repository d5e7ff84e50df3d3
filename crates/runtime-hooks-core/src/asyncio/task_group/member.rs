//! The handle of a group's member.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::handle::{JoinError, Joinable};

/// The handle of a member of a [`TaskGroup`](crate::TaskGroup), which may be dropped: the group waits
/// for the member all the same.
///
/// It resolves to the member's output. Of one that failed it says that the task was cancelled: the
/// group has the error.
#[derive(Debug)]
pub struct Member<T>(Joinable<T>);

impl<T> Member<T> {
    pub(super) fn new(task: Joinable<T>) -> Self {
        Self(task)
    }

    /// Cancels this member alone, which is no failure; without effect once it is over.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether it is over, in whatever way.
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T> Future for Member<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}
