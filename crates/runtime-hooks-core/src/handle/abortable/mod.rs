//! A task handle for runtimes whose own handle must be consumed to cancel the task.

mod state;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fmt;
use std::mem::replace;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use self::state::{Rare, State};
use super::cancel_by_owner::CancelByOwner;
use super::error::JoinError;
use super::joinable::Joinable;
use super::task_handle::TaskHandle;

/// A handle that joins and aborts a task through `&self`, around a runtime's handle that only its owner can cancel.
///
/// ```
/// use std::future::{Ready, ready};
/// use std::task::{Context, Poll, Waker};
/// use runtime_hooks_core::{Abortable, CancelByOwner, JoinError, TaskHandle};
///
/// /// The handle of a task that never ends.
/// struct Waits;
///
/// impl CancelByOwner<()> for Waits {
///     type Cancel = Ready<Result<(), JoinError>>;
///
///     fn poll_join(&mut self, _: &mut Context<'_>) -> Poll<Result<(), JoinError>> {
///         Poll::Pending
///     }
///
///     fn poll_finished(&mut self) -> Poll<Option<Result<(), JoinError>>> {
///         Poll::Pending
///     }
///
///     fn cancel(self) -> Self::Cancel {
///         ready(Err(JoinError::cancelled()))
///     }
///
///     fn detach(self) {}
/// }
///
/// let mut task = Abortable::new(Waits);
/// assert!(!task.is_finished());
/// task.abort();
/// assert!(task.is_finished());
/// let Poll::Ready(result) = task.poll_join(&mut Context::from_waker(Waker::noop())) else { panic!() };
/// assert!(result.unwrap_err().is_cancelled());
/// ```
pub struct Abortable<T, H: CancelByOwner<T>> {
    // In a mutex, since `abort` takes `&self` and moves the handle out.
    state: Mutex<State<T, H>>,
}

// Nothing is pinned structurally.
impl<T, H: CancelByOwner<T>> Unpin for Abortable<T, H> {}

impl<T, H: CancelByOwner<T>> Abortable<T, H> {
    /// Wraps the runtime's own handle.
    #[inline]
    pub fn new(handle: H) -> Self {
        Self { state: Mutex::new(State::Running(handle)) }
    }

    fn state(&self) -> MutexGuard<'_, State<T, H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn state_mut(&mut self) -> &mut State<T, H> {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, H: CancelByOwner<T>> From<Joinable<T>> for Abortable<T, H> {
    /// A handle that joins and aborts without the runtime's handle: for a task that the runtime would cancel in
    /// another way.
    fn from(stand_in: Joinable<T>) -> Self {
        Self { state: Mutex::new(State::Rare(Some(Box::new(Rare::StandIn(stand_in))))) }
    }
}

impl<T, H: CancelByOwner<T>> TaskHandle<T> for Abortable<T, H> {
    #[inline]
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.state_mut().poll_join(cx)
    }

    fn abort(&self) {
        self.state().abort();
    }

    fn is_finished(&self) -> bool {
        self.state().is_finished()
    }
}

impl<T, H: CancelByOwner<T>> Drop for Abortable<T, H> {
    #[inline]
    fn drop(&mut self) {
        // A cancellation in progress continues.
        if let State::Running(handle) = replace(self.state_mut(), State::Rare(None)) {
            handle.detach();
        }
    }
}

impl<T, H: CancelByOwner<T>> fmt::Debug for Abortable<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abortable").finish_non_exhaustive()
    }
}
