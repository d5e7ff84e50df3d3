//! The members of a group, their errors, and the waker of the group's `join`.

use std::collections::BTreeMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::future::AbortHandle;

use crate::handle::{JoinError, TaskError};

/// State shared by a group and its members.
pub(super) struct Members<E>(Mutex<State<E>>);

struct State<E> {
    running: BTreeMap<u64, AbortHandle>,
    ids: u64,
    errors: Vec<TaskError<E>>,
    /// Set when the group was cancelled or has ended: it accepts no members.
    is_closed: bool,
    joiner: Option<Waker>,
}

impl<E> Default for Members<E> {
    fn default() -> Self {
        let (running, errors) = (BTreeMap::new(), Vec::new());
        Self(Mutex::new(State { running, ids: 0, errors, is_closed: false, joiner: None }))
    }
}

impl<E> Members<E> {
    pub(super) fn new_id(&self) -> u64 {
        let mut state = self.lock();
        state.ids += 1;
        state.ids
    }

    /// Adds a member, unless the group is closed.
    pub(super) fn admit(&self, id: u64, abort: AbortHandle) -> bool {
        let mut state = self.lock();
        if !state.is_closed {
            state.running.insert(id, abort);
        }
        !state.is_closed
    }

    pub(super) fn running(&self) -> usize {
        self.lock().running.len()
    }

    /// Called when a member has ended and its future is dropped. Returns the result for the handle, and a function to
    /// call once the handle has it. A failure cancels the other members.
    pub(super) fn end<T>(
        self: Arc<Self>,
        id: u64,
        result: Result<Result<T, E>, JoinError>,
    ) -> (Result<T, JoinError>, impl FnOnce() + use<T, E>) {
        let (result, error) = match result {
            Ok(Ok(output)) => (Ok(output), None),
            Ok(Err(error)) => (Err(JoinError::cancelled()), Some(TaskError::Failed(error))),
            Err(error) if error.is_panic() => {
                (Err(JoinError::cancelled()), Some(TaskError::Join(error)))
            }
            Err(error) => (Err(error), None),
        };
        (result, move || self.remove(id, error))
    }

    fn remove(&self, id: u64, error: Option<TaskError<E>>) {
        let has_failed = error.is_some();
        let mut state = self.lock();
        state.running.remove(&id);
        state.errors.extend(error);
        let joiner = if state.running.is_empty() { state.joiner.take() } else { None };
        drop(state);
        if has_failed {
            self.cancel();
        }
        joiner.into_iter().for_each(Waker::wake);
    }

    /// Cancels the running members and accepts no new ones.
    pub(super) fn cancel(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let running: Vec<_> = state.running.values().cloned().collect();
        // Without the lock: an abort wakes a task, which may use the group.
        drop(state);
        running.iter().for_each(AbortHandle::abort);
    }

    /// Ready once no member runs; closes the group.
    pub(super) fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.running.is_empty() {
            state.is_closed = true;
            return Poll::Ready(());
        }
        state.joiner = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(super) fn take_errors(&self) -> Vec<TaskError<E>> {
        take(&mut self.lock().errors)
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::GroupError;

    #[test]
    fn failures_of_several_members_are_reported_together() {
        let members = Arc::<Members<u8>>::default();
        let handles = [1, 2, 3, 4].map(|id| {
            let (abort, registration) = AbortHandle::new_pair();
            assert!(members.admit(id, abort.clone()));
            (abort, registration)
        });
        let end = |id, result: Result<Result<(), u8>, JoinError>| {
            let (result, notify) = Arc::clone(&members).end(id, result);
            assert!(result.unwrap_err().is_cancelled());
            notify();
        };
        end(2, Ok(Err(20)));
        assert!(handles.iter().enumerate().all(|(i, (abort, _))| abort.is_aborted() == (i != 1)));
        // On another thread, before its cancellation reached it.
        end(1, Ok(Err(10)));
        end(3, Err(JoinError::panic(Box::new("oh"))));
        end(4, Err(JoinError::cancelled()));
        assert_eq!(members.running(), 0);
        let error = GroupError::from_errors(members.take_errors()).unwrap_err();
        let message = "3 tasks of a group failed: 20; 10; task panicked with message \"oh\"";
        assert_eq!(error.to_string(), message);
        assert_eq!(error.into_errors().len(), 3);
    }

    #[test]
    fn a_closed_group_admits_no_members() {
        let members = Members::<u8>::default();
        members.cancel();
        assert!(!members.admit(1, AbortHandle::new_pair().0));
        assert_eq!(members.running(), 0);
        assert!(GroupError::from_errors(members.take_errors()).is_ok());
    }
}
