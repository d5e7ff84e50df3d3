//! Tests of a handle around tasks that a test ends.

use super::*;
use futures_lite::future::block_on;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

/// A task that a test ends.
#[derive(Clone, Default)]
struct Task(Arc<Mutex<TaskState>>);

#[derive(Default)]
struct TaskState {
    result: Option<u8>,
    has_ended: bool,
    cancels: u32,
    detached: u32,
    waiting: Option<Waker>,
}

impl Task {
    fn state(&self) -> MutexGuard<'_, TaskState> {
        self.0.lock().unwrap()
    }

    /// How often it was cancelled and detached.
    fn counts(&self) -> (u32, u32) {
        let state = self.state();
        (state.cancels, state.detached)
    }

    fn end(&self, result: Option<u8>) {
        let waiting = {
            let mut state = self.state();
            (state.result, state.has_ended) = (result, true);
            state.waiting.take()
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    fn poll(&self, waker: &Waker) -> Poll<Result<u8, JoinError>> {
        let mut state = self.state();
        if state.has_ended {
            return Poll::Ready(state.result.take().ok_or_else(JoinError::cancelled));
        }
        state.waiting = Some(waker.clone());
        Poll::Pending
    }
}

/// Its handle, which only shows the end when it is polled, as async-std's.
struct Polled(Task, Waker);

struct Cancelling(Task, bool);

impl Future for Cancelling {
    type Output = Result<u8, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !replace(&mut self.1, true) {
            self.0.state().cancels += 1;
        }
        self.0.poll(cx.waker())
    }
}

impl CancelByOwner<u8> for Polled {
    type Cancel = Cancelling;

    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<u8, JoinError>> {
        self.1.clone_from(cx.waker());
        self.0.poll(cx.waker())
    }

    fn poll_finished(&mut self) -> Poll<Option<Result<u8, JoinError>>> {
        self.0.poll(&self.1).map(Some)
    }

    fn cancel(self) -> Cancelling {
        Cancelling(self.0, false)
    }

    fn detach(self) {
        self.0.state().detached += 1;
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn task() -> (Task, Abortable<u8, Polled>) {
    let task = Task::default();
    (task.clone(), Abortable::new(Polled(task, Waker::noop().clone())))
}

#[test]
fn is_finished_takes_no_result_from_the_joiner() {
    let (task, handle) = task();
    assert!(!handle.is_finished());
    task.end(Some(3));
    assert!(handle.is_finished() && handle.is_finished());
    handle.abort();
    assert_eq!(block_on(joined(handle)).unwrap(), 3);
    assert_eq!(task.counts(), (0, 0));
}

#[test]
fn is_finished_does_not_replace_the_joiners_waker() {
    for aborts in [0, 1] {
        let (task, mut handle) = task();
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&wakes));
        for _ in 0..aborts {
            handle.abort();
        }
        assert!(handle.poll_join(&mut Context::from_waker(&waker)).is_pending());
        assert!(!handle.is_finished());
        task.end(None);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert!(block_on(joined(handle)).unwrap_err().is_cancelled());
        assert_eq!(task.counts(), (aborts, 0));
    }
}

#[test]
fn aborting_twice_cancels_once_and_resolves_at_the_end() {
    let (task, mut handle) = task();
    handle.abort();
    handle.abort();
    assert_eq!(task.counts(), (1, 0));
    assert!(handle.poll_join(&mut Context::from_waker(Waker::noop())).is_pending());
    task.end(None);
    handle.abort();
    assert!(block_on(joined(handle)).unwrap_err().is_cancelled());
    assert_eq!(task.counts(), (1, 0));
}

#[test]
fn an_output_that_was_ready_before_the_abort_is_joined() {
    let (task, handle) = task();
    handle.abort();
    task.end(Some(7));
    assert_eq!(block_on(joined(handle)).unwrap(), 7);
}

#[test]
fn a_dropped_handle_detaches_unless_it_aborted() {
    let (first, handle) = task();
    drop(handle);
    let (second, handle) = task();
    handle.abort();
    drop(handle);
    assert_eq!(first.counts(), (0, 1));
    assert_eq!(second.counts(), (1, 0));
}

#[test]
fn a_result_is_returned_once() {
    let cancelling = || {
        let (task, handle) = task();
        handle.abort();
        (task, handle)
    };
    for (task, mut handle) in [task(), cancelling()] {
        task.end(Some(3));
        let mut join = || handle.poll_join(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(join(), Poll::Ready(Ok(3))));
        for _ in 0..2 {
            assert!(matches!(join(), Poll::Ready(Err(again)) if again.is_already_joined()));
        }
        assert!(handle.is_finished());
    }
}

#[test]
fn a_stand_in_joins_and_aborts_without_the_runtimes_handle() {
    use crate::handle::{joinable, joinable_blocking};

    let (run, stand_in) = joinable_blocking(|| 9);
    let handle = Abortable::from(stand_in);
    assert!(!handle.is_finished());
    run();
    handle.abort();
    assert!(handle.is_finished());
    assert_eq!(block_on(joined(handle)).unwrap(), 9);

    let (run, stand_in) = joinable(std::future::pending::<u8>());
    let handle = Abortable::from(stand_in);
    handle.abort();
    block_on(run);
    assert!(block_on(joined(handle)).unwrap_err().is_cancelled());
}

async fn joined(mut handle: Abortable<u8, Polled>) -> Result<u8, JoinError> {
    std::future::poll_fn(|cx| handle.poll_join(cx)).await
}
