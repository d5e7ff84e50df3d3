//! A task handle for executors that only take a `Future<Output = ()>`.

use std::fmt;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use futures_util::FutureExt;
use futures_util::future::CatchUnwind;
use pin_project_lite::pin_project;

use super::error::JoinError;
use super::task_handle::TaskHandle;

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
    let shared = Arc::new(Shared::new());
    let end = move |result, shared: &Shared<T>| {
        let (result, notify) = end(result);
        shared.finish(result);
        notify();
    };
    let end = End { call: Some(end), shared: Arc::clone(&shared), takes: PhantomData };
    (Run { future: Some(AssertUnwindSafe(future).catch_unwind()), end }, Joinable(shared))
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

/// What a task and its handle share: one allocation, and a lock that either holds for a few moves. No waker is dropped
/// under it: with the last of a task's the task may go, and all that it has.
struct Shared<T> {
    is_aborted: AtomicBool,
    is_over: AtomicBool,
    state: Mutex<State<T>>,
}

struct State<T> {
    result: Option<Result<T, JoinError>>,
    /// Whom an abort wakes.
    task: Option<Waker>,
    /// Who waits for the result.
    joiner: Option<Waker>,
}

impl<T> Shared<T> {
    fn new() -> Self {
        let state = State { result: None, task: None, joiner: None };
        let (is_aborted, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { is_aborted, is_over, state: Mutex::new(state) }
    }

    fn abort(&self) {
        let mut state = self.lock();
        // Under the lock: who has not left his waker yet will see it when he does.
        self.is_aborted.store(true, Ordering::Relaxed);
        let task = state.task.take();
        drop(state);
        task.into_iter().for_each(Waker::wake);
    }

    /// Leaves a waker for an abort; whether there was one already.
    fn is_aborted_before(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        let before = keep(&mut state.task, waker);
        let is_aborted = self.is_aborted.load(Ordering::Relaxed);
        drop(state);
        drop(before);
        is_aborted
    }

    fn finish(&self, result: Result<T, JoinError>) {
        let mut state = self.lock();
        state.result = Some(result);
        // What is over can be joined at once, and whoever hears of the end finds it over.
        self.is_over.store(true, Ordering::Release);
        let (task, joiner) = (state.task.take(), state.joiner.take());
        drop(state);
        drop(task);
        joiner.into_iter().for_each(Waker::wake);
    }

    fn poll_result(&self, waker: &Waker) -> Poll<Result<T, JoinError>> {
        let mut state = self.lock();
        if let Some(result) = state.result.take() {
            return Poll::Ready(result);
        }
        if self.is_over.load(Ordering::Relaxed) {
            return Poll::Ready(Err(JoinError::already_joined()));
        }
        let before = keep(&mut state.joiner, waker);
        drop(state);
        drop(before);
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a waker, if it is another one; what was there before.
fn keep(place: &mut Option<Waker>, waker: &Waker) -> Option<Waker> {
    match place {
        Some(kept) if kept.will_wake(waker) => None,
        _ => place.replace(waker.clone()),
    }
}

pin_project! {
    /// What the executor runs.
    struct Run<F, T, E>
    where
        F: Future,
        E: FnOnce(Result<F::Output, JoinError>, &Shared<T>),
    {
        // First: it is dropped before anyone is told.
        #[pin]
        future: Option<CatchUnwind<AssertUnwindSafe<F>>>,
        end: End<F::Output, T, E>,
    }
}

impl<F, T, E> Future for Run<F, T, E>
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
        // Only now: most tasks are over by then, and an abort finds them so.
        Poll::Pending if shared.is_aborted_before(cx.waker()) => cancelled,
        Poll::Pending => Poll::Pending,
    }
}

/// The end of a task: when it returns, or when its executor drops it.
struct End<O, T, E: FnOnce(Result<O, JoinError>, &Shared<T>)> {
    call: Option<E>,
    shared: Arc<Shared<T>>,
    takes: PhantomData<fn(O)>,
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

/// The handle that [`joinable`] makes.
#[must_use = "dropping it detaches the task"]
pub struct Joinable<T>(Arc<Shared<T>>);

impl<T> Joinable<T> {
    /// Cancels the task at its next chance; without effect once it is over.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether the task is over, in whatever way.
    pub fn is_finished(&self) -> bool {
        self.0.is_over.load(Ordering::Acquire)
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
    fn an_abort_from_within_the_last_poll_but_one_is_not_forgotten() {
        let own = Arc::new(Mutex::new(None::<Joinable<()>>));
        let aborting = Arc::clone(&own);
        let (run, task) = joinable(std::future::poll_fn(move |_| {
            aborting.lock().unwrap().as_ref().unwrap().abort();
            Poll::Pending
        }));
        *own.lock().unwrap() = Some(task);
        block_on(run);
        let task = own.lock().unwrap().take().unwrap();
        assert!(block_on(task).unwrap_err().is_cancelled());
    }

    #[test]
    fn a_task_that_is_over_is_held_by_nobody() {
        let counter = Arc::new(());
        let waker = {
            struct Holds(#[expect(dead_code, reason = "held")] Arc<()>);
            impl std::task::Wake for Holds {
                fn wake(self: Arc<Self>) {}
            }
            Waker::from(Arc::new(Holds(Arc::clone(&counter))))
        };
        let mut polls = 0;
        let (run, task) = joinable(std::future::poll_fn(move |_| {
            polls += 1;
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        let mut run = Box::pin(run);
        assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        drop(waker);
        assert_eq!(Arc::strong_count(&counter), 1);
        assert!(task.is_finished());
    }

    #[test]
    fn aborts_beside_polls_and_joins_lose_nobody() {
        for round in 0..1_000_u32 {
            let (run, task) = joinable(async move {
                for _ in 0..round % 4 {
                    futures_lite::future::yield_now().await;
                }
                pending::<()>().await;
            });
            let task = Arc::new(Mutex::new(task));
            let aborting = Arc::clone(&task);
            std::thread::scope(|scope| {
                scope.spawn(|| block_on(run));
                scope.spawn(move || aborting.lock().unwrap().abort());
            });
            let task = Arc::into_inner(task).unwrap().into_inner().unwrap();
            assert!(task.is_finished() && block_on(task).unwrap_err().is_cancelled());
        }
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
