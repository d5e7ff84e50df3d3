//! A task handle for executors that only take a `Future<Output = ()>`.

use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable};

use super::handle::{JoinError, TaskHandle};

/// Splits a future into one to hand to an executor and a handle that joins and aborts it: for
/// backends whose executor has no such handle of its own.
///
/// A panic is caught inside the future; an abort wakes it, and it is dropped where it is polled.
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

/// As [`joinable`], and has the result pass through `end`, once the future has been dropped in
/// whatever way. What `end` returns beside the handle's result is called when the handle has it.
pub(crate) fn joinable_then<F, T, N, E>(
    future: F,
    end: E,
) -> (impl Future<Output = ()> + use<F, T, N, E>, Joinable<T>)
where
    F: Future,
    E: FnOnce(Result<F::Output, JoinError>) -> (Result<T, JoinError>, N),
    N: FnOnce(),
{
    let (abort, registration) = AbortHandle::new_pair();
    let (sender, receiver) = oneshot::channel();
    let over = Arc::new(AtomicBool::new(false));
    let end = End { call: Some((end, sender)), over: Arc::clone(&over), takes: PhantomData };
    let run = async move {
        let caught = AssertUnwindSafe(future).catch_unwind();
        // The future is dropped at the end of this statement, before anyone is told.
        let result = match Abortable::new(caught, registration).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(payload)) => Err(JoinError::panic(payload)),
            Err(_) => Err(JoinError::cancelled()),
        };
        end.with(result);
    };
    (run, Joinable { receiver, abort, over })
}

/// As [`joinable`], for a closure: aborting one that runs already has no effect.
pub fn joinable_blocking<F, T>(work: F) -> (impl FnOnce(), Joinable<T>)
where
    F: FnOnce() -> T,
{
    let (run, task) = joinable(async move { work() });
    // The future never waits, so one poll is all of it.
    let run_once = move || {
        let _ = run.now_or_never();
    };
    (run_once, task)
}

/// The handle that [`joinable`] makes.
#[derive(Debug)]
#[must_use = "dropping it detaches the task"]
pub struct Joinable<T> {
    receiver: oneshot::Receiver<Result<T, JoinError>>,
    abort: AbortHandle,
    over: Arc<AtomicBool>,
}

/// The end of a task: when it returns, or when its executor drops it.
struct End<O, T, N: FnOnce(), E>
where
    E: FnOnce(Result<O, JoinError>) -> (Result<T, JoinError>, N),
{
    call: Option<(E, oneshot::Sender<Result<T, JoinError>>)>,
    over: Arc<AtomicBool>,
    takes: PhantomData<fn(O)>,
}

impl<O, T, N: FnOnce(), E> End<O, T, N, E>
where
    E: FnOnce(Result<O, JoinError>) -> (Result<T, JoinError>, N),
{
    fn with(mut self, result: Result<O, JoinError>) {
        self.once(result);
    }

    fn once(&mut self, result: Result<O, JoinError>) {
        let Some((end, sender)) = self.call.take() else { return };
        let (result, notify) = end(result);
        // Nobody listens to a detached task.
        let _ = sender.send(result);
        // Now: what is over can be joined at once, and whoever hears of the end finds it over.
        self.over.store(true, Ordering::Release);
        notify();
    }
}

impl<O, T, N: FnOnce(), E> Drop for End<O, T, N, E>
where
    E: FnOnce(Result<O, JoinError>) -> (Result<T, JoinError>, N),
{
    fn drop(&mut self) {
        self.once(Err(JoinError::cancelled()));
    }
}

impl<T> Joinable<T> {
    /// Cancels the task at its next chance; without effect once it is over.
    pub fn abort(&self) {
        self.abort.abort();
    }

    /// Whether the task is over, in whatever way.
    pub fn is_finished(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(crate) fn abort_handle(&self) -> AbortHandle {
        self.abort.clone()
    }
}

impl<T> Future for Joinable<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let received = Pin::new(&mut self.receiver).poll(cx);
        // The sender is gone: the executor dropped the task.
        received.map(|sent| sent.unwrap_or_else(|_| Err(JoinError::cancelled())))
    }
}

impl<T> TaskHandle<T> for Joinable<T> {
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        Pin::new(self).poll(cx)
    }

    fn abort(&self) {
        self.abort();
    }

    fn is_finished(&self) -> bool {
        self.is_finished()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, pending};

    #[test]
    fn a_panic_comes_back_with_its_payload() {
        let (run, task) = joinable::<_>(async { std::panic::panic_any(7_u8) as () });
        block_on(run);
        assert!(task.is_finished());
        let payload = block_on(task).unwrap_err().try_into_panic().unwrap();
        assert_eq!(payload.downcast_ref::<u8>(), Some(&7));
    }

    #[test]
    fn an_abort_ends_a_task_that_waits_for_ever() {
        let (run, task) = joinable(pending::<()>());
        task.abort();
        block_on(run);
        assert!(block_on(task).unwrap_err().is_cancelled());
    }

    #[test]
    fn a_task_that_its_executor_drops_is_cancelled() {
        let (run, task) = joinable(async { 1 });
        assert!(!task.is_finished());
        drop(run);
        assert!(task.is_finished());
        assert!(block_on(task).unwrap_err().is_cancelled());
    }

    #[test]
    fn a_detached_task_goes_on() {
        let ran = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ran);
        let (run, task) = joinable_blocking(move || seen.store(true, Ordering::Relaxed));
        drop(task);
        run();
        assert!(ran.load(Ordering::Relaxed));
    }
}
