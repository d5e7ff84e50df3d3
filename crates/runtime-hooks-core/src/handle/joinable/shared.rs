//! What a task and its handle share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::handle::error::JoinError;

/// State shared by a task and its handle: one allocation, and a lock that is held only for a few moves. No waker is
/// dropped under the lock: dropping the last waker of a task can drop the task.
pub(super) struct Shared<T> {
    pub(super) is_aborted: AtomicBool,
    pub(super) has_ended: AtomicBool,
    state: Mutex<State<T>>,
}

struct State<T> {
    result: Option<Result<T, JoinError>>,
    /// Woken by an abort.
    task: Option<Waker>,
    /// Woken when there is a result.
    joiner: Option<Waker>,
}

impl<T> Shared<T> {
    pub(super) fn new() -> Self {
        let state = State { result: None, task: None, joiner: None };
        let (is_aborted, has_ended) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { is_aborted, has_ended, state: Mutex::new(state) }
    }

    pub(super) fn abort(&self) {
        let mut state = self.lock();
        // Under the lock: a task that has not stored its waker yet sees the flag when it does.
        self.is_aborted.store(true, Ordering::Relaxed);
        let task = state.task.take();
        drop(state);
        task.into_iter().for_each(Waker::wake);
    }

    /// Stores the task's waker for an abort; returns whether the task was already aborted.
    pub(super) fn is_aborted_after_storing(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        let before = replace_waker(&mut state.task, waker);
        let is_aborted = self.is_aborted.load(Ordering::Relaxed);
        drop(state);
        drop(before);
        is_aborted
    }

    pub(super) fn finish(&self, result: Result<T, JoinError>) {
        let mut state = self.lock();
        state.result = Some(result);
        // Set before the joiner is woken, and after the result is stored: a finished task can be joined at once.
        self.has_ended.store(true, Ordering::Release);
        let (task, joiner) = (state.task.take(), state.joiner.take());
        drop(state);
        drop(task);
        joiner.into_iter().for_each(Waker::wake);
    }

    pub(super) fn poll_result(&self, waker: &Waker) -> Poll<Result<T, JoinError>> {
        let mut state = self.lock();
        if let Some(result) = state.result.take() {
            return Poll::Ready(result);
        }
        if self.has_ended.load(Ordering::Relaxed) {
            return Poll::Ready(Err(JoinError::already_joined()));
        }
        let before = replace_waker(&mut state.joiner, waker);
        drop(state);
        drop(before);
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores a waker unless it equals the stored one; returns the replaced waker.
fn replace_waker(place: &mut Option<Waker>, waker: &Waker) -> Option<Waker> {
    match place {
        Some(stored) if stored.will_wake(waker) => None,
        _ => place.replace(waker.clone()),
    }
}
