//! The handle of a group's member.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::handle::{JoinError, Joinable};

/// The handle of a member of a [`TaskGroup`](crate::TaskGroup). The group waits for the member even if the handle is
/// dropped.
///
/// It resolves to the member's output. For a member that failed it resolves to a cancellation: the group has the
/// error.
#[derive(Debug)]
pub struct Member<T>(Joinable<T>);

impl<T> Member<T> {
    pub(super) fn new(task: Joinable<T>) -> Self {
        Self(task)
    }

    /// Cancels only this member, which does not count as a failure. It has no effect on a member that has ended.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether the member has ended, in any state.
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
