//! What a backend's handle can do.

use std::task::{Context, Poll};

use super::error::JoinError;

/// What a backend's own handle must be able to do. Users see [`JoinHandle`](crate::JoinHandle).
///
/// Dropping it must detach the task.
pub trait TaskHandle<T>: Unpin {
    /// Resolves once the task is over: its future has been dropped, or is about to be.
    ///
    /// Polled again after that, it resolves to [`JoinError::already_joined`], and does not panic.
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>>;

    /// Asks the runtime to cancel the task; without effect once it is over.
    fn abort(&self);

    /// Whether the task is over: then joining it is ready at once.
    fn is_finished(&self) -> bool;
}
