//! What a task and its handle share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::handle::error::JoinError;

/// What a task and its handle share: one allocation, and a lock that either holds for a few moves. No waker is dropped
/// under it: with the last of a task's the task may go, and all that it has.
pub(super) struct Shared<T> {
    pub(super) is_aborted: AtomicBool,
    pub(super) is_over: AtomicBool,
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
    pub(super) fn new() -> Self {
        let state = State { result: None, task: None, joiner: None };
        let (is_aborted, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { is_aborted, is_over, state: Mutex::new(state) }
    }

    pub(super) fn abort(&self) {
        let mut state = self.lock();
        // Under the lock: who has not left his waker yet will see it when he does.
        self.is_aborted.store(true, Ordering::Relaxed);
        let task = state.task.take();
        drop(state);
        task.into_iter().for_each(Waker::wake);
    }

    /// Leaves a waker for an abort; whether there was one already.
    pub(super) fn is_aborted_before(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        let before = keep(&mut state.task, waker);
        let is_aborted = self.is_aborted.load(Ordering::Relaxed);
        drop(state);
        drop(before);
        is_aborted
    }

    pub(super) fn finish(&self, result: Result<T, JoinError>) {
        let mut state = self.lock();
        state.result = Some(result);
        // What is over can be joined at once, and whoever hears of the end finds it over.
        self.is_over.store(true, Ordering::Release);
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
