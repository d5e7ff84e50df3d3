//! smol's task, as the core asks for it: it detaches when dropped and can be aborted from outside.

use std::fmt;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_executor::FallibleTask;
use runtime_hooks_core::{JoinError, TaskHandle};

/// smol's cancellation under way: resolves once the task's future is dropped, to the output if that
/// was there before.
pub type Cancel<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// As [`Cancel`], of a task that stays on its thread.
pub type LocalCancel<T> = Pin<Box<dyn Future<Output = Option<T>>>>;

/// smol's own task: users see [`JoinHandle`](crate::JoinHandle).
pub struct RawTask<T, C = Cancel<T>> {
    // In a mutex since `abort` has `&self` where smol's `cancel` takes the task.
    state: Mutex<State<T, C>>,
    cancel: fn(FallibleTask<T>) -> C,
}

/// A [`RawTask`] whose output may not be `Send`.
pub type LocalRawTask<T> = RawTask<T, LocalCancel<T>>;

/// Small, since it moves with the handle and is replaced at a task's end: what only an abort needs is elsewhere.
enum State<T, C> {
    Running(FallibleTask<T>),
    Aborted(Box<Aborted<T, C>>),
    /// Joined, or dropped.
    Gone,
}

enum Aborted<T, C> {
    /// With the waker of whoever waits, so that a look at it does not displace him.
    Cancelling(C, Waker),
    /// Not joined yet.
    Over(Result<T, JoinError>),
}

// Nothing in it is pinned but what pins itself.
impl<T, C> Unpin for RawTask<T, C> {}

impl<T: Send + 'static> RawTask<T> {
    #[inline]
    pub(crate) fn sendable(task: smol::Task<T>) -> Self {
        Self::new(task, |task| Box::pin(task.cancel()))
    }
}

impl<T: 'static> LocalRawTask<T> {
    pub(crate) fn local(task: smol::Task<T>) -> Self {
        Self::new(task, |task| Box::pin(task.cancel()))
    }
}

impl<T, C> RawTask<T, C> {
    #[inline]
    fn new(task: smol::Task<T>, cancel: fn(FallibleTask<T>) -> C) -> Self {
        Self { state: Mutex::new(State::Running(task.fallible())), cancel }
    }

    fn state(&self) -> MutexGuard<'_, State<T, C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn state_mut(&mut self) -> &mut State<T, C> {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, C: Future<Output = Option<T>> + Unpin> State<T, C> {
    /// Gone, with the result, if the task is over.
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let polled = match self {
            Self::Running(task) => catch(|| Pin::new(task).poll(cx)),
            Self::Aborted(aborted) => aborted.poll(cx),
            Self::Gone => panic!("a task was joined twice"),
        };
        if polled.is_ready() {
            *self = Self::Gone;
        }
        polled
    }
}

impl<T, C: Future<Output = Option<T>> + Unpin> Aborted<T, C> {
    /// smol cancels at the first poll of its `cancel`.
    fn begin(cancel: C) -> Self {
        let mut this = Self::Cancelling(cancel, Waker::noop().clone());
        this.look(Waker::noop());
        this
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if let Self::Cancelling(_, waker) = self {
            waker.clone_from(cx.waker());
        }
        self.look(cx.waker());
        match self {
            Self::Cancelling(..) => Poll::Pending,
            // It is taken once: then the whole task is gone.
            Self::Over(result) => Poll::Ready(replace(result, Err(JoinError::cancelled()))),
        }
    }

    /// Whether it is over, for whoever waits as before.
    fn is_over(&mut self) -> bool {
        if let Self::Cancelling(_, waker) = self {
            let waker = waker.clone();
            self.look(&waker);
        }
        matches!(self, Self::Over(_))
    }

    fn look(&mut self, waker: &Waker) {
        if let Self::Cancelling(cancel, _) = self
            && let Poll::Ready(result) =
                catch(|| Pin::new(cancel).poll(&mut Context::from_waker(waker)))
        {
            *self = Self::Over(result);
        }
    }
}

/// smol hands a panic on by panicking where the task is joined.
#[inline]
fn catch<T>(poll: impl FnOnce() -> Poll<Option<T>>) -> Poll<Result<T, JoinError>> {
    match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(polled) => polled.map(|output| output.ok_or_else(JoinError::cancelled)),
        Err(payload) => Poll::Ready(Err(JoinError::panic(payload))),
    }
}

impl<T, C: Future<Output = Option<T>> + Unpin> TaskHandle<T> for RawTask<T, C> {
    #[inline]
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.state_mut().poll(cx)
    }

    fn abort(&self) {
        let mut state = self.state();
        *state = match replace(&mut *state, State::Gone) {
            State::Running(task) if !task.is_finished() => {
                State::Aborted(Box::new(Aborted::begin((self.cancel)(task))))
            }
            other => other,
        };
    }

    fn is_finished(&self) -> bool {
        match &mut *self.state() {
            State::Running(task) => task.is_finished(),
            State::Aborted(aborted) => aborted.is_over(),
            State::Gone => true,
        }
    }
}

impl<T, C> Drop for RawTask<T, C> {
    #[inline]
    fn drop(&mut self) {
        // A dropped `smol::Task` would cancel. One that is being cancelled goes on being so.
        if let State::Running(task) = replace(self.state_mut(), State::Gone) {
            task.detach();
        }
    }
}

impl<T, C> fmt::Debug for RawTask<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawTask").finish_non_exhaustive()
    }
}
