//! A task handle for executors that only accept a `Future<Output = ()>`.

mod shared;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt;
use futures_util::future::CatchUnwind;
use pin_project_lite::pin_project;

use self::shared::Shared;
use super::error::JoinError;
use super::task_handle::TaskHandle;

/// Splits a future into a future for an executor and a handle that joins and aborts it: for backends whose executor
/// has no such handle.
///
/// A panic is caught inside the future. An abort wakes the future, which is then dropped where it is polled.
///
/// ```
/// use futures_lite::future::block_on;
/// use runtime_hooks_core::joinable;
///
/// let (run, task) = joinable(async { 1 + 1 });
/// std::thread::spawn(|| block_on(run)); // any executor
/// assert_eq!(block_on(task).unwrap(), 2);
/// ```
pub fn joinable<F: Future>(future: F) -> (impl Future<Output = ()>, Joinable<F::Output>) {
    joinable_then(future, |result| (result, || ()))
}

/// As [`joinable`]; calls `end` with the result once the future has been dropped for any reason. `end` returns the
/// handle's result, and a function that is called after the handle has it.
pub(crate) fn joinable_then<F, T, N, E>(
    future: F,
    end: E,
) -> (impl Future<Output = ()> + use<F, T, N, E>, Joinable<T>)
where
    F: Future,
    E: FnOnce(Result<F::Output, JoinError>) -> (Result<T, JoinError>, N),
    N: FnOnce(),
{
    let shared = Arc::new(Shared::new());
    let end = move |result, shared: &Shared<T>| {
        let (result, notify) = end(result);
        shared.finish(result);
        notify();
    };
    let end = End { call: Some(end), shared: Arc::clone(&shared), marker: PhantomData };
    (
        JoinableFuture { future: Some(AssertUnwindSafe(future).catch_unwind()), end },
        Joinable(shared),
    )
}

/// As [`joinable`], for a closure. Aborting a running closure has no effect.
pub fn joinable_blocking<F, T>(work: F) -> (impl FnOnce(), Joinable<T>)
where
    F: FnOnce() -> T,
{
    let (run, task) = joinable(async move { work() });
    // The future never waits, so one poll completes it.
    let run_once = move || {
        let _ = run.now_or_never();
    };
    (run_once, task)
}

pin_project! {
    /// The future for the executor.
    struct JoinableFuture<F, T, E>
    where
        F: Future,
        E: FnOnce(Result<F::Output, JoinError>, &Shared<T>),
    {
        // First: it is dropped before the end is reported.
        #[pin]
        future: Option<CatchUnwind<AssertUnwindSafe<F>>>,
        end: End<F::Output, T, E>,
    }
}

impl<F, T, E> Future for JoinableFuture<F, T, E>
where
    F: Future,
    E: FnOnce(Result<F::Output, JoinError>, &Shared<T>),
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let result = ready!(poll_unless_aborted(this.future.as_mut(), &this.end.shared, cx));
        this.future.set(None);
        this.end.once(result);
        Poll::Ready(())
    }
}

fn poll_unless_aborted<F: Future, T>(
    future: Pin<&mut Option<CatchUnwind<AssertUnwindSafe<F>>>>,
    shared: &Shared<T>,
    cx: &mut Context<'_>,
) -> Poll<Result<F::Output, JoinError>> {
    let cancelled = Poll::Ready(Err(JoinError::cancelled()));
    let Some(future) = future.as_pin_mut() else { return cancelled };
    if shared.is_aborted.load(Ordering::Relaxed) {
        return cancelled;
    }
    match future.poll(cx) {
        Poll::Ready(caught) => Poll::Ready(caught.map_err(JoinError::panic)),
        // Only now: most tasks have ended by then.
        Poll::Pending if shared.is_aborted_after_storing(cx.waker()) => cancelled,
        Poll::Pending => Poll::Pending,
    }
}

/// Reports the end of a task: when it returns, or when its executor drops it.
struct End<O, T, E: FnOnce(Result<O, JoinError>, &Shared<T>)> {
    call: Option<E>,
    shared: Arc<Shared<T>>,
    marker: PhantomData<fn(O)>,
}

impl<O, T, E: FnOnce(Result<O, JoinError>, &Shared<T>)> End<O, T, E> {
    fn once(&mut self, result: Result<O, JoinError>) {
        if let Some(end) = self.call.take() {
            end(result, &self.shared);
        }
    }
}

impl<O, T, E: FnOnce(Result<O, JoinError>, &Shared<T>)> Drop for End<O, T, E> {
    fn drop(&mut self) {
        self.once(Err(JoinError::cancelled()));
    }
}

/// The handle that [`joinable`] returns.
#[must_use = "dropping it detaches the task"]
pub struct Joinable<T>(Arc<Shared<T>>);

impl<T> Joinable<T> {
    /// Cancels the task when it is polled next. It has no effect on a task that has ended.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether the task has ended, in any state.
    pub fn is_finished(&self) -> bool {
        self.0.has_ended.load(Ordering::Acquire)
    }
}

impl<T> Future for Joinable<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_result(cx.waker())
    }
}

impl<T> TaskHandle<T> for Joinable<T> {
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.0.poll_result(cx.waker())
    }

    fn abort(&self) {
        self.abort();
    }

    fn is_finished(&self) -> bool {
        self.is_finished()
    }
}

impl<T> fmt::Debug for Joinable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joinable").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}
