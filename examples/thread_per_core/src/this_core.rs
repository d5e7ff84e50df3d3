//! The runtime of the current thread: tasks that are not `Send`.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::ready;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use futures_lite::FutureExt;
use futures_lite::future::{or, poll_fn};
use monoio::{LegacyDriver, RuntimeBuilder};
use runtime_hooks::{Joinable, LocalRuntimeHooks, SpawnLocal, joinable, joinable_blocking};

/// The longest sleep, 30 years: monoio panics on deadlines that are millions of years away.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The monoio runtime that the current thread runs.
///
/// [`block_on`](runtime_hooks::LocalRuntimeHooksExt::block_on) starts a runtime on this thread. When its future is over, the
/// runtime drops all its tasks and ends.
///
/// # Panics
///
/// Spawning and sleeping panic on a thread that runs no runtime. `block_on` panics on a thread that already does.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisCore;

impl SpawnLocal for ThisCore {
    type LocalTask<T: 'static> = Joinable<T>;

    #[track_caller]
    fn raw_spawn_local<F>(&self, future: F) -> Joinable<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let (run, task) = joinable(future);
        assert!(is_running(), "this thread runs no monoio runtime: spawn inside `block_on`");
        start(run);
        task
    }
}

impl LocalRuntimeHooks for ThisCore {
    // monoio's own timer: on its thread it needs neither a task nor a channel.
    type Sleep = monoio::time::Sleep;

    fn name(&self) -> &'static str {
        "monoio"
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Joinable<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        unblock(work)
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        monoio::time::sleep(duration.min(LONGEST_SLEEP))
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        run(future)
    }
}

/// Runs a closure on the pool of the crate `blocking`, because a core must not block.
pub(crate) fn unblock<F, T>(work: F) -> Joinable<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (run, task) = joinable_blocking(work);
    blocking::unblock(run).detach();
    task
}

/// Runs a future on a new runtime of this thread, then drops all tasks of that runtime.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let built = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build();
    let mut runtime = built.expect("the operating system has file descriptors left");
    let result = runtime.block_on(async {
        let tasks = Tasks::of_this_thread();
        // monoio does not catch a panic, and the tasks must end first.
        let result = AssertUnwindSafe(future).catch_unwind().await;
        tasks.end().await;
        result
    });
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

/// Whether this thread runs a runtime.
pub(crate) fn is_running() -> bool {
    TASKS.try_with(|tasks| tasks.borrow().is_some()).unwrap_or(false)
}

/// Starts a task on this thread's runtime.
pub(crate) fn start(task: impl Future<Output = ()> + 'static) {
    let tasks = TASKS.with(|tasks| tasks.borrow().clone()).expect("callers check `is_running`");
    let guard = TaskGuard::new(&tasks);
    drop(monoio::spawn(async move {
        let run = async {
            // Polled first, so that a task that has not run yet does not start at the end.
            let ended = async {
                let _closed = tasks.ended.recv().await;
            };
            or(ended, task).await;
        };
        // The destructor of a task's future may panic, and monoio would end the thread.
        let _panic = AssertUnwindSafe(run).catch_unwind().await;
        drop(guard);
    }));
}

/// Lets the other tasks of this thread run. monoio runs a task that wakes itself before all others, so this awaits a task that
/// is queued behind them.
pub(crate) async fn yield_to_others() {
    monoio::spawn(ready(())).await;
}

thread_local! {
    static TASKS: RefCell<Option<Rc<Tasks>>> = const { RefCell::new(None) };
}

/// The tasks of one runtime. monoio keeps no list of its tasks and leaks those that wait when it ends: they would stay active
/// in the metrics.
struct Tasks {
    live: Cell<usize>,
    /// Closed at the end, which wakes all tasks.
    end: Sender<Infallible>,
    ended: Receiver<Infallible>,
    /// The waker of `end`, for the last task.
    waits_for_last: RefCell<Option<Waker>>,
}

impl Tasks {
    fn of_this_thread() -> Rc<Self> {
        let (end, ended) = async_channel::bounded(1);
        let waits_for_last = RefCell::default();
        let tasks = Rc::new(Self { live: Cell::new(0), end, ended, waits_for_last });
        TASKS.with(|here| *here.borrow_mut() = Some(Rc::clone(&tasks)));
        tasks
    }

    /// Drops all tasks, and the tasks that their destructors spawn.
    async fn end(&self) {
        self.end.close();
        poll_fn(|cx| {
            if self.live.get() == 0 {
                return Poll::Ready(());
            }
            *self.waits_for_last.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
        TASKS.with(|here| *here.borrow_mut() = None);
    }
}

/// Counts a live task.
struct TaskGuard(Rc<Tasks>);

impl TaskGuard {
    fn new(tasks: &Rc<Tasks>) -> Self {
        tasks.live.set(tasks.live.get() + 1);
        Self(Rc::clone(tasks))
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        let live = self.0.live.get() - 1;
        self.0.live.set(live);
        if live == 0 {
            let waiting = self.0.waits_for_last.borrow_mut().take();
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}
