//! The reference runtime: tasks run in the order in which they are woken, on the thread that calls `block_on`, and time
//! passes only when no task can run.
//!
//! It is deterministic except for the threads of the blocking pool. A case that would wait forever fails after five
//! seconds, with a message about the deadlock.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use runtime_hooks_core::{Joinable, RuntimeHooks, joinable, joinable_blocking};

type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long the runtime waits for a wake from another thread before it reports a deadlock.
const DEADLOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Owns the reference runtime: dropping it drops all its tasks.
#[derive(Debug)]
pub struct ReferenceRuntime(Reference);

impl ReferenceRuntime {
    /// A runtime without tasks, at time zero.
    pub fn new() -> Self {
        Self(Reference(Arc::new(Shared::new())))
    }

    /// The runtime's handle.
    pub fn handle(&self) -> Reference {
        self.0.clone()
    }
}

impl Default for ReferenceRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ReferenceRuntime {
    fn drop(&mut self) {
        let tasks = std::mem::take(&mut self.0.0.lock().tasks);
        // A future's destructor may spawn, so the lock is released first.
        tasks.values().for_each(|task| drop(task.take()));
    }
}

/// A handle of the reference runtime.
#[derive(Clone)]
pub struct Reference(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Notified when a task or the root becomes runnable.
    changed: Condvar,
    start: Instant,
}

#[derive(Default)]
struct State {
    runnable: VecDeque<Arc<Task>>,
    tasks: BTreeMap<u64, Arc<Task>>,
    tasks_made: u64,
    timers: BTreeMap<(Duration, u64), Waker>,
    timers_made: u64,
    elapsed: Duration,
    /// Number of closures that are queued or running. Time does not advance while there are any.
    blocking: usize,
}

/// A spawned future; `None` while it is polled and after its end.
struct Task {
    id: u64,
    future: Mutex<Option<BoxFuture>>,
    is_queued: AtomicBool,
    shared: Arc<Shared>,
}

impl Task {
    fn take(&self) -> Option<BoxFuture> {
        self.future.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn run(self: &Arc<Self>) {
        self.is_queued.store(false, Ordering::Release);
        let Some(mut future) = self.take() else { return };
        let waker = Waker::from(Arc::clone(self));
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            *self.future.lock().unwrap_or_else(PoisonError::into_inner) = Some(future);
        } else {
            self.shared.lock().tasks.remove(&self.id);
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            let shared = Arc::clone(&self.shared);
            shared.lock().runnable.push_back(self);
            shared.changed.notify_all();
        }
    }
}

/// The future of `block_on`.
struct Root {
    is_woken: AtomicBool,
    shared: Arc<Shared>,
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        // The lock prevents a wake between the check and the wait.
        let _state = self.shared.lock();
        self.is_woken.store(true, Ordering::Release);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn new() -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), start: Instant::now() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task to run; `None` when the root is woken. Advances time if nothing is runnable.
    fn next(&self, root: &Root) -> Option<Arc<Task>> {
        let mut state = self.lock();
        loop {
            if root.is_woken.load(Ordering::Acquire) {
                return None;
            }
            if let Some(task) = state.runnable.pop_front() {
                return Some(task);
            }
            if let (0, Some((due, waker))) = (state.blocking, state.timers.pop_first()) {
                state.elapsed = state.elapsed.max(due.0);
                drop(state);
                waker.wake();
                state = self.lock();
                continue;
            }
            let (guard, waited) = self
                .changed
                .wait_timeout(state, DEADLOCK_TIMEOUT)
                .unwrap_or_else(PoisonError::into_inner);
            state = guard;
            let is_idle = state.runnable.is_empty() && !root.is_woken.load(Ordering::Acquire);
            assert!(
                !(waited.timed_out() && is_idle),
                "deadlock: no task can run and no timer is set; a wake was lost, or a task waits for itself"
            );
        }
    }
}

impl RuntimeHooks for Reference {
    type Task<T: Send + 'static> = Joinable<T>;
    type Sleep = Sleep;

    fn name(&self) -> &'static str {
        "reference"
    }

    fn raw_spawn<F>(&self, future: F) -> Joinable<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (run, joinable) = joinable(future);
        let mut state = self.0.lock();
        state.tasks_made += 1;
        let id = state.tasks_made;
        let task = Arc::new(Task {
            id,
            future: Mutex::new(Some(Box::pin(run))),
            is_queued: AtomicBool::new(false),
            shared: Arc::clone(&self.0),
        });
        state.tasks.insert(id, Arc::clone(&task));
        drop(state);
        task.wake();
        joinable
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Joinable<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (run, joinable) = joinable_blocking(work);
        self.0.lock().blocking += 1;
        let shared = Arc::clone(&self.0);
        std::thread::spawn(move || {
            run();
            shared.lock().blocking -= 1;
            shared.changed.notify_all();
        });
        joinable
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = self.0.lock();
        state.timers_made += 1;
        // A sleep beyond the range of `now` never ends.
        let due = state.elapsed.checked_add(duration);
        let due = due.filter(|due| self.0.start.checked_add(*due).is_some());
        Sleep { due: due.map(|due| (due, state.timers_made)), shared: Arc::clone(&self.0) }
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let root = Arc::new(Root { is_woken: AtomicBool::new(true), shared: Arc::clone(&self.0) });
        let waker = Waker::from(Arc::clone(&root));
        loop {
            // Runs at least one task: a root that keeps waking itself must not starve the tasks.
            let first = self.0.lock().runnable.pop_front();
            if let Some(task) = first {
                task.run();
            }
            while let Some(task) = self.0.next(&root) {
                task.run();
            }
            root.is_woken.store(false, Ordering::Release);
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
        }
    }

    fn now(&self) -> Instant {
        self.0.start + self.0.lock().elapsed
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference").field("elapsed", &self.0.lock().elapsed).finish()
    }
}

/// Completes when the runtime's time reaches `due`.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Sleep {
    due: Option<(Duration, u64)>,
    shared: Arc<Shared>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else { return Poll::Pending };
        let mut state = self.shared.lock();
        if state.elapsed >= due.0 {
            return Poll::Ready(());
        }
        let before = state.timers.insert(due, cx.waker().clone());
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let waker = self.due.and_then(|due| self.shared.lock().timers.remove(&due));
        // The waker is dropped outside of the lock: the last waker of a task may drop the task.
        drop(waker);
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("due", &self.due.map(|due| due.0)).finish_non_exhaustive()
    }
}
