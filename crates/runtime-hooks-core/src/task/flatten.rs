//! One error for a task that can fail and for whatever can happen to a task.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::handle::{JoinError, JoinHandle};
use crate::RuntimeHooks;

/// A [`JoinHandle`] of a task that returns a `Result`, with one error in place of two: made by
/// [`JoinHandle::flatten`].
#[derive(Debug)]
#[must_use = "dropping it detaches the task"]
pub struct Flatten<T: 'static, E: 'static, R: RuntimeHooks>(JoinHandle<Result<T, E>, R>);

impl<T, E, R: RuntimeHooks> Flatten<T, E, R> {
    pub(crate) fn new(handle: JoinHandle<Result<T, E>, R>) -> Self {
        Self(handle)
    }

    /// As [`JoinHandle::abort`].
    pub fn abort(&self) {
        self.0.abort();
    }

    /// As [`JoinHandle::is_finished`].
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T, E, R: RuntimeHooks> Future for Flatten<T, E, R> {
    type Output = Result<T, TaskError<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|joined| match joined {
            Ok(result) => result.map_err(TaskError::Failed),
            Err(error) => Err(TaskError::Join(error)),
        })
    }
}

/// Why a task that returns a `Result` has no output.
#[derive(Debug)]
pub enum TaskError<E> {
    /// It returned this error.
    Failed(E),
    /// It returned nothing: it panicked, or was cancelled.
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

/// Transparent: it displays as the error inside, so its source is that error's.
impl<E: Error + 'static> Error for TaskError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Join(error) => error.source(),
        }
    }
}
