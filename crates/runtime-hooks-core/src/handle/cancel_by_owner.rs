//! The operations of a runtime's handle that must be consumed to cancel the task.

use std::task::{Context, Poll};

use super::error::JoinError;

/// A runtime's own handle of a task, which is consumed to cancel the task. [`Abortable`](crate::Abortable) wraps it.
///
/// The effect of dropping it does not matter: [`detach`](Self::detach) is called instead.
pub trait CancelByOwner<T>: Unpin {
    /// A cancellation in progress. It begins at its first poll, and resolves once the task's future is dropped: to
    /// the output if that was ready before.
    type Cancel: Future<Output = Result<T, JoinError>> + Unpin;

    /// Resolves once the task has ended. It is not polled again after that.
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Checks whether the task has ended, without replacing the joiner's waker. `Ready(None)` if the result is still
    /// in the handle, `Ready(Some)` if the check took it out.
    fn poll_finished(&mut self) -> Poll<Option<Result<T, JoinError>>>;

    /// Cancels the task.
    fn cancel(self) -> Self::Cancel;

    /// Detaches the task.
    fn detach(self);
}
