//! The handle of a task: the same on every runtime.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use super::flatten::Flatten;
use crate::RuntimeHooks;

/// Waits for a task, or cancels it. Alike on every runtime:
///
/// - awaiting it gives the task's output, or a [`JoinError`] if it panicked or was cancelled;
/// - a handle gives its result once: polled again, it resolves to an error that
///   [says so](JoinError::is_already_joined), and does not panic;
/// - dropping it detaches the task, which goes on;
/// - [`abort`](Self::abort) cancels the task; its future is dropped by the runtime, and only then
///   does the handle resolve;
/// - a panic stays inside its task.
#[must_use = "dropping a handle detaches its task: say `drop(handle)` if that is meant"]
pub struct JoinHandle<T: 'static, R: RuntimeHooks> {
    task: R::Task<T>,
}

/// What a backend's own handle must be able to do. Users see [`JoinHandle`].
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

impl<T: 'static, R: RuntimeHooks> JoinHandle<T, R> {
    pub(crate) fn new(task: R::Task<T>) -> Self {
        Self { task }
    }

    /// Cancels the task at its next chance: where it awaits, or before it first runs. Without
    /// effect on a task that is over, and on a closure that already runs on the blocking pool.
    pub fn abort(&self) {
        self.task.abort();
    }

    /// Whether the task is over, in whatever way.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// The task as it is: see [`EnsureFuture`](crate::EnsureFuture), whose method this is for
    /// whatever is not a task yet.
    pub fn ensure_future(self, _: &R) -> Self {
        self
    }
}

impl<T: 'static, E: 'static, R: RuntimeHooks> JoinHandle<Result<T, E>, R> {
    /// One error for all that can go wrong, in place of a result in a result.
    pub fn flatten(self) -> Flatten<T, E, R> {
        Flatten::new(self)
    }
}

impl<T: 'static, R: RuntimeHooks> Future for JoinHandle<T, R> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.task.poll_join(cx)
    }
}

impl<T: 'static, R: RuntimeHooks> Unpin for JoinHandle<T, R> {}

impl<T: 'static, R: RuntimeHooks> fmt::Debug for JoinHandle<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.is_finished()).finish()
    }
}

/// Why a task has no output: it panicked, it was cancelled, or its handle has returned the result before.
pub struct JoinError(Kind);

enum Kind {
    Cancelled,
    AlreadyJoined,
    /// In a mutex only to make the error `Sync`, as `Box<dyn Error + Send + Sync>` asks.
    Panic(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    /// The task was cancelled: for backends.
    pub const fn cancelled() -> Self {
        Self(Kind::Cancelled)
    }

    /// The task panicked with this payload: for backends.
    pub fn panic(payload: Box<dyn Any + Send>) -> Self {
        Self(Kind::Panic(Mutex::new(payload)))
    }

    /// The handle was polled again after it had returned the task's result: for backends.
    pub const fn already_joined() -> Self {
        Self(Kind::AlreadyJoined)
    }

    /// Whether the task was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Kind::Cancelled)
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.0, Kind::Panic(_))
    }

    /// Whether the handle was polled again after it had returned the task's result. This says nothing of how the task
    /// ended: the first result does.
    pub fn is_already_joined(&self) -> bool {
        matches!(self.0, Kind::AlreadyJoined)
    }

    /// The panic's payload, for [`std::panic::resume_unwind`]; the error itself if there is none.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.0 {
            Kind::Panic(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            Kind::Cancelled | Kind::AlreadyJoined => Err(self),
        }
    }

    /// The panic's message, if its payload is text.
    fn message(&self) -> Option<String> {
        let Kind::Panic(payload) = &self.0 else { return None };
        let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
        let text = payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.message()) {
            (Kind::Cancelled, _) => f.write_str("task was cancelled"),
            (Kind::AlreadyJoined, _) => {
                f.write_str("task was joined before: a handle returns the result once")
            }
            (Kind::Panic(_), Some(message)) => write!(f, "task panicked with message {message:?}"),
            (Kind::Panic(_), None) => f.write_str("task panicked"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.message()) {
            (Kind::Cancelled, _) => f.write_str("JoinError::Cancelled"),
            (Kind::AlreadyJoined, _) => f.write_str("JoinError::AlreadyJoined"),
            (Kind::Panic(_), message) => f.debug_tuple("JoinError::Panic").field(&message).finish(),
        }
    }
}

impl Error for JoinError {}
