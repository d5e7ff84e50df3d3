//! smol's task as a `TaskHandle`: dropping it detaches the task, and `abort` takes `&self`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use async_executor::FallibleTask;
use runtime_hooks_core::{Abortable, CancelByOwner, JoinError};

/// The handle of a task on smol. Programs use [`JoinHandle`](crate::JoinHandle).
pub type RawTask<T, C = Cancel<T>> = Abortable<T, OwnTask<T, C>>;

/// A [`RawTask`] whose output need not be `Send`.
pub type LocalRawTask<T> = RawTask<T, LocalCancel<T>>;

/// A cancellation in progress.
pub type Cancel<T> = Pin<Box<dyn Future<Output = Result<T, JoinError>> + Send>>;

/// As [`Cancel`], for a task that stays on its thread.
pub type LocalCancel<T> = Pin<Box<dyn Future<Output = Result<T, JoinError>>>>;

/// Owns smol's task.
pub struct OwnTask<T, C> {
    task: FallibleTask<T>,
    /// Set where the task is spawned: [`Cancel`] requires an output that is `Send`.
    cancel: fn(FallibleTask<T>) -> C,
}

#[inline]
pub(crate) fn sendable<T: Send + 'static>(task: smol::Task<T>) -> RawTask<T> {
    Abortable::new(OwnTask { task: task.fallible(), cancel: |task| Box::pin(cancelled(task)) })
}

pub(crate) fn local<T: 'static>(task: smol::Task<T>) -> LocalRawTask<T> {
    Abortable::new(OwnTask { task: task.fallible(), cancel: |task| Box::pin(cancelled(task)) })
}

async fn cancelled<T>(task: FallibleTask<T>) -> Result<T, JoinError> {
    let mut cancel = std::pin::pin!(task.cancel());
    std::future::poll_fn(|cx| catch(|| cancel.as_mut().poll(cx))).await
}

/// smol resumes the panic of a task where it is joined.
#[inline]
fn catch<T>(poll: impl FnOnce() -> Poll<Option<T>>) -> Poll<Result<T, JoinError>> {
    match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(polled) => polled.map(|output| output.ok_or_else(JoinError::cancelled)),
        Err(payload) => Poll::Ready(Err(JoinError::panic(payload))),
    }
}

impl<T, C> CancelByOwner<T> for OwnTask<T, C>
where
    C: Future<Output = Result<T, JoinError>> + Unpin,
{
    type Cancel = C;

    #[inline]
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        catch(|| Pin::new(&mut self.task).poll(cx))
    }

    fn poll_finished(&mut self) -> Poll<Option<Result<T, JoinError>>> {
        if self.task.is_finished() { Poll::Ready(None) } else { Poll::Pending }
    }

    fn cancel(self) -> C {
        (self.cancel)(self.task)
    }

    #[inline]
    fn detach(self) {
        self.task.detach();
    }
}

impl<T, C> fmt::Debug for OwnTask<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnTask").field(&self.task).finish()
    }
}
