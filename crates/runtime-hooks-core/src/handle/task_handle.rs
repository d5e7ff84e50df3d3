//! The operations of a backend's handle.

use std::task::{Context, Poll};

use super::error::JoinError;

/// The operations that a backend's own task handle must provide. Programs use [`JoinHandle`](crate::JoinHandle).
///
/// Dropping it must detach the task.
pub trait TaskHandle<T>: Unpin {
    /// Resolves once the task has ended: its future has been dropped, or is about to be.
    ///
    /// If it is polled again, it resolves to [`JoinError::already_joined`]. It does not panic.
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Asks the runtime to cancel the task. It has no effect on a task that has ended.
    fn abort(&self);

    /// Whether the task has ended: then joining it is ready at once.
    fn is_finished(&self) -> bool;
}
