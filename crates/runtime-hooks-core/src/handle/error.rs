//! Errors of joining a task.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The error of joining a task: it panicked, it was cancelled, or its handle has already returned the result.
pub struct JoinError(Kind);

enum Kind {
    Cancelled,
    AlreadyJoined,
    /// In a mutex only so that the error is `Sync`, as `Box<dyn Error + Send + Sync>` requires.
    Panic(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    /// Creates the error of a cancelled task: for backends.
    pub const fn cancelled() -> Self {
        Self(Kind::Cancelled)
    }

    /// Creates the error of a task that panicked with this payload: for backends.
    pub fn panic(payload: Box<dyn Any + Send>) -> Self {
        Self(Kind::Panic(Mutex::new(payload)))
    }

    /// Creates the error of a handle that is polled after it returned the result: for backends.
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

    /// Whether the handle was polled after it had returned the task's result. The first result says how the task
    /// ended.
    pub fn is_already_joined(&self) -> bool {
        matches!(self.0, Kind::AlreadyJoined)
    }

    /// The payload of the panic, for [`std::panic::resume_unwind`]; the error itself if it is no panic.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.0 {
            Kind::Panic(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            Kind::Cancelled | Kind::AlreadyJoined => Err(self),
        }
    }

    /// The message of the panic, if its payload is text.
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

/// The error of a task that returns a `Result`.
#[derive(Debug)]
// Exhaustive: a task has an output, or an error of its own, or none.
pub enum TaskError<E> {
    /// It returned this error.
    Failed(E),
    /// It returned nothing: it panicked or was cancelled.
    Join(JoinError),
}

impl<E: fmt::Display> fmt::Display for TaskError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Join(error) => error.fmt(f),
        }
    }
}

/// Transparent: it displays the inner error, so its source is the source of that error.
impl<E: Error + 'static> Error for TaskError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Join(error) => error.source(),
        }
    }
}
