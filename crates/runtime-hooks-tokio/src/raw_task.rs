//! tokio's join handle as a `TaskHandle`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use runtime_hooks_core::{JoinError, TaskHandle};

/// tokio's handle of a task, until the task is joined. Programs use [`JoinHandle`](crate::JoinHandle).
#[derive(Debug)]
pub struct RawTask<T>(Option<tokio::task::JoinHandle<T>>);

impl<T> RawTask<T> {
    pub(crate) fn new(handle: tokio::task::JoinHandle<T>) -> Self {
        Self(Some(handle))
    }
}

impl<T> TaskHandle<T> for RawTask<T> {
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let Some(handle) = &mut self.0 else {
            return Poll::Ready(Err(JoinError::already_joined()));
        };
        let result = ready!(Pin::new(handle).poll(cx));
        // tokio's handle panics if it is polled again.
        self.0 = None;
        Poll::Ready(result.map_err(|error| match error.try_into_panic() {
            Ok(payload) => JoinError::panic(payload),
            Err(_) => JoinError::cancelled(),
        }))
    }

    fn abort(&self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }

    fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(tokio::task::JoinHandle::is_finished)
    }
}
