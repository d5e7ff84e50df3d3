//! A task handle for threads that do not run async code.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::join_handle::JoinHandle;
use crate::handle::JoinError;
use crate::hooks::RuntimeHooks;

/// Joins a task by blocking the thread: returned by [`spawn_threadsafe`](crate::RuntimeHooksExt::spawn_threadsafe).
///
/// Dropping it detaches the task. Do not block on it on a thread of the runtime: on the only thread of a runtime, the
/// task and the thread would wait for each other.
#[must_use = "dropping a handle detaches its task: say `drop(handle)` if that is meant"]
pub struct ThreadsafeHandle<T: Send + 'static, R: RuntimeHooks>(JoinHandle<T, R>);

impl<T: Send, R: RuntimeHooks> ThreadsafeHandle<T, R> {
    pub(crate) fn new(task: JoinHandle<T, R>) -> Self {
        Self(task)
    }

    /// Blocks until the task has ended; returns its output, or an error if there is none.
    pub fn join(self) -> Result<T, JoinError> {
        self.join_until(None).unwrap_or_else(|_| unreachable!("there is no deadline"))
    }

    /// Blocks until the task has ended, for `timeout` at most. If it elapses, the error is the handle: use it to
    /// [`abort`](Self::abort) the task, to wait again, or drop it to detach the task.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use runtime_hooks_core::{JoinError, RuntimeHooks, RuntimeHooksExt};
    /// # fn example<R: RuntimeHooks>(runtime: R) -> Result<u32, JoinError> {
    /// let task = runtime.spawn_threadsafe(async { 7 });
    /// task.join_timeout(Duration::from_secs(1)).unwrap_or_else(|task| {
    ///     task.abort();
    ///     task.join()
    /// })
    /// # }
    /// ```
    pub fn join_timeout(self, timeout: Duration) -> Result<Result<T, JoinError>, Self> {
        // A timeout beyond the clock's range never elapses.
        self.join_until(Instant::now().checked_add(timeout))
    }

    /// As [`JoinHandle::abort`].
    pub fn abort(&self) {
        self.0.abort();
    }

    /// As [`JoinHandle::is_finished`].
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// Converts into the handle for async code.
    pub fn into_async(self) -> JoinHandle<T, R> {
        self.0
    }

    fn join_until(mut self, deadline: Option<Instant>) -> Result<Result<T, JoinError>, Self> {
        let parker = Arc::<ThreadParker>::default();
        let waker = Waker::from(Arc::clone(&parker));
        let mut cx = Context::from_waker(&waker);
        loop {
            // Polled once more after the deadline: a result that is ready is never too late.
            if let Poll::Ready(result) = Pin::new(&mut self.0).poll(&mut cx) {
                return Ok(result);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(self);
            }
            parker.wait_until(deadline);
        }
    }
}

/// Parks and unparks a thread.
#[derive(Default)]
struct ThreadParker {
    is_unparked: Mutex<bool>,
    unparked: Condvar,
}

impl ThreadParker {
    /// Blocks until it has been unparked since the last call, or the deadline has elapsed.
    fn wait_until(&self, deadline: Option<Instant>) {
        let mut is_unparked = self.lock();
        while !*is_unparked {
            is_unparked =
                match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                    None => self.unparked.wait(is_unparked).unwrap_or_else(PoisonError::into_inner),
                    Some(Duration::ZERO) => break,
                    Some(left) => {
                        let waited = self.unparked.wait_timeout(is_unparked, left);
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                };
        }
        *is_unparked = false;
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_unparked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for ThreadParker {
    fn wake(self: Arc<Self>) {
        *self.lock() = true;
        self.unparked.notify_one();
    }
}

impl<T: Send, R: RuntimeHooks> fmt::Debug for ThreadsafeHandle<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadsafeHandle").field("is_finished", &self.is_finished()).finish()
    }
}
