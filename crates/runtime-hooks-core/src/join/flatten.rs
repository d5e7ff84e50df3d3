//! Joins a task that returns a `Result`, with a single error type.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::handle::{JoinError, TaskError, TaskHandle};

/// The handle of a task that returns a `Result`, with one error type instead of two: returned by
/// [`JoinHandle::flatten`](crate::JoinHandle::flatten). `H` is the runtime's own handle.
#[must_use = "dropping it detaches the task"]
pub struct Flatten<T, E, H> {
    task: H,
    output: PhantomData<fn() -> Result<T, E>>,
}

impl<T, E, H: TaskHandle<Result<T, E>>> Flatten<T, E, H> {
    pub(super) fn new(task: H) -> Self {
        Self { task, output: PhantomData }
    }

    /// As [`JoinHandle::abort`](crate::JoinHandle::abort).
    pub fn abort(&self) {
        self.task.abort();
    }

    /// As [`JoinHandle::is_finished`](crate::JoinHandle::is_finished).
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl<T, E, H: TaskHandle<Result<T, E>>> Future for Flatten<T, E, H> {
    type Output = Result<T, TaskError<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let joined: Poll<Result<_, JoinError>> = self.task.poll_join(cx);
        joined.map(|joined| match joined {
            Ok(result) => result.map_err(TaskError::Failed),
            Err(error) => Err(TaskError::Join(error)),
        })
    }
}

impl<T, E, H: TaskHandle<Result<T, E>>> fmt::Debug for Flatten<T, E, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flatten").field("is_finished", &self.is_finished()).finish()
    }
}
