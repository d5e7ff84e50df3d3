//! tokio's join handle, as the core asks for it.

use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_hooks_core::{JoinError, TaskHandle};

/// tokio's own handle of a task: users see [`JoinHandle`](crate::JoinHandle).
#[derive(Debug)]
pub struct RawTask<T>(tokio::task::JoinHandle<T>);

impl<T> RawTask<T> {
    pub(crate) fn new(handle: tokio::task::JoinHandle<T>) -> Self {
        Self(handle)
    }
}

impl<T> TaskHandle<T> for RawTask<T> {
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        Pin::new(&mut self.0).poll(cx).map_err(|error| match error.try_into_panic() {
            Ok(payload) => JoinError::panic(payload),
            Err(_) => JoinError::cancelled(),
        })
    }

    fn abort(&self) {
        self.0.abort();
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}
