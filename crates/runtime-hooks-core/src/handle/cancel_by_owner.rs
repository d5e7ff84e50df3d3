//! What a runtime's own handle can do that cancels a task only for its owner.

use std::task::{Context, Poll};

use super::error::JoinError;

/// A runtime's own handle of a task, which it takes to cancel the task: what an [`Abortable`](crate::Abortable) is around.
///
/// Dropping it may do what it likes: before, [`detach`](Self::detach) is called.
pub trait CancelByOwner<T>: Unpin {
    /// The cancellation under way: resolves once the task's future is dropped, to the output if that was there before.
    /// Begins when it is first polled.
    type Cancel: Future<Output = Result<T, JoinError>> + Unpin;

    /// Resolves once the task is over. Not called again then.
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Ready if the task is over, for whoever waits as before; with the result where asking took it.
    fn look(&mut self) -> Poll<Option<Result<T, JoinError>>>;

    /// Cancels the task.
    fn cancel(self) -> Self::Cancel;

    /// Lets the task go on alone.
    fn detach(self);
}
