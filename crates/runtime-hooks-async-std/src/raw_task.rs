//! async-std's task as a `TaskHandle`: `abort` takes `&self`, and `is_finished` does not displace the joiner's waker.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use async_std::task::JoinHandle;
use futures_util::FutureExt;
use runtime_hooks_core::{Abortable, CancelByOwner, JoinError};

/// The handle of a task on async-std. Programs use [`JoinHandle`](crate::JoinHandle).
pub type RawTask<T> = Abortable<T, OwnTask<T>>;

/// A panic is caught in the task, and returned where the task is joined.
type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// A cancellation in progress.
type Cancel<T> = Pin<Box<dyn Future<Output = Result<T, JoinError>> + Send>>;

/// async-std's handle, which only shows that its task has ended when it is polled.
pub struct OwnTask<T> {
    handle: JoinHandle<Caught<T>>,
    /// The waker of the joiner, with which `look` polls, so that it does not replace it.
    joiner: Waker,
    /// Set where the task is spawned: it requires an output that is `Send`.
    cancel: fn(JoinHandle<Caught<T>>) -> Cancel<T>,
}

#[inline]
pub(crate) fn spawn<F>(future: F) -> RawTask<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let handle = async_std::task::spawn(AssertUnwindSafe(future).catch_unwind());
    let cancel = |handle| Box::pin(cancelled(handle)) as Cancel<F::Output>;
    Abortable::new(OwnTask { handle, joiner: Waker::noop().clone(), cancel })
}

async fn cancelled<T>(handle: JoinHandle<Caught<T>>) -> Result<T, JoinError> {
    joined(handle.cancel().await.ok_or_else(JoinError::cancelled)?)
}

#[inline]
fn joined<T>(caught: Caught<T>) -> Result<T, JoinError> {
    caught.map_err(JoinError::panic)
}

impl<T> CancelByOwner<T> for OwnTask<T> {
    type Cancel = Cancel<T>;

    #[inline]
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let polled = Pin::new(&mut self.handle).poll(cx);
        if polled.is_pending() {
            self.joiner.clone_from(cx.waker());
        }
        polled.map(joined)
    }

    fn poll_finished(&mut self) -> Poll<Option<Result<T, JoinError>>> {
        let mut cx = Context::from_waker(&self.joiner);
        Pin::new(&mut self.handle).poll(&mut cx).map(|caught| Some(joined(caught)))
    }

    fn cancel(self) -> Cancel<T> {
        (self.cancel)(self.handle)
    }

    #[inline]
    fn detach(self) {
        // async-std detaches a task when its handle is dropped.
        drop(self.handle);
    }
}

impl<T> fmt::Debug for OwnTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnTask").field(self.handle.task()).finish()
    }
}
