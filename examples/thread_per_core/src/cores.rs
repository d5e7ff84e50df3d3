//! All threads: spawning from anywhere, tasks that are `Send`.

use std::fmt;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use futures_channel::oneshot;
use futures_lite::future::or;
use runtime_hooks::{Joinable, LocalRuntimeHooks, RuntimeHooks, SpawnLocal, joinable};

use crate::this_core::{self, ThisCore};

/// The most messages that a core takes before it runs its tasks, so that a flood of messages does not starve them.
const BATCH: usize = 64;

/// Starts a task on the core that receives it.
type Message = Box<dyn FnOnce() + Send>;

/// Owns the threads. Dropping it drops all their tasks and joins the threads.
///
/// # Panics
///
/// Dropping it on one of its own threads: a thread cannot join itself.
#[derive(Debug)]
pub struct CoreThreads {
    cores: Cores,
    threads: Vec<JoinHandle<()>>,
}

impl CoreThreads {
    /// Starts `count` threads with a runtime each.
    ///
    /// # Panics
    ///
    /// If the operating system starts no more threads.
    pub fn start(count: NonZero<usize>) -> Self {
        let (cores, threads) = (0..count.get())
            .map(|number| {
                let (mailbox, messages) = async_channel::unbounded();
                let thread = thread::Builder::new()
                    .name(format!("core-{number}"))
                    .spawn(move || this_core::run(serve(messages)))
                    .expect("a new thread");
                (Core { thread: thread.thread().id(), mailbox }, thread)
            })
            .unzip::<_, _, Vec<_>, Vec<_>>();
        Self { cores: Cores { all: cores.into(), sent: Arc::default(), only: None }, threads }
    }

    /// A handle of all threads.
    pub fn cores(&self) -> &Cores {
        &self.cores
    }
}

impl Drop for CoreThreads {
    fn drop(&mut self) {
        for core in self.cores.all.iter() {
            core.mailbox.close();
        }
        for thread in self.threads.drain(..) {
            thread.join().expect("tasks keep their panics");
        }
    }
}

/// The outermost future of a core: starts the tasks that other threads send.
async fn serve(messages: Receiver<Message>) {
    let mut received = 0_usize;
    while let Ok(start) = messages.recv().await {
        start();
        received += 1;
        if received.is_multiple_of(BATCH) {
            this_core::yield_to_others().await;
        }
    }
}

/// A handle of all threads, which tasks are spawned through: cheap to clone.
///
/// A task that is spawned on one of the threads stays on that thread. A task that is spawned elsewhere goes to the threads
/// in turn. [`on`](Self::on) chooses a thread.
#[derive(Clone)]
pub struct Cores {
    all: Arc<[Core]>,
    /// How many tasks were spawned from other threads.
    sent: Arc<AtomicUsize>,
    only: Option<usize>,
}

/// One thread, as others see it.
struct Core {
    thread: ThreadId,
    mailbox: Sender<Message>,
}

impl Cores {
    /// How many threads there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// A handle that spawns on one of the threads only.
    ///
    /// # Panics
    ///
    /// If no thread has this number. The first is 0.
    #[must_use]
    pub fn on(&self, core: usize) -> Self {
        assert!(core < self.count(), "no core {core}: the runtime has {}", self.count());
        Self { only: Some(core), ..self.clone() }
    }

    /// Makes a task on its core and starts it there. The task does not have to be `Send`.
    fn start<F>(&self, make: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        let core = self.choose();
        if core.is_here() {
            this_core::start(make());
        } else {
            // If the core has ended, the message is dropped, and its task is cancelled.
            let _ = core.mailbox.try_send(Box::new(|| this_core::start(make())));
        }
    }

    fn choose(&self) -> &Core {
        let in_turn = || self.sent.fetch_add(1, Ordering::Relaxed) % self.count();
        match self.only {
            Some(core) => &self.all[core],
            None => match self.all.iter().find(|core| core.is_here()) {
                Some(here) => here,
                None => &self.all[in_turn()],
            },
        }
    }
}

impl Core {
    /// Whether this thread is that core, and has not ended.
    fn is_here(&self) -> bool {
        self.thread == thread::current().id() && this_core::is_running()
    }
}

impl RuntimeHooks for Cores {
    type Task<T: Send + 'static> = Joinable<T>;
    type Sleep = Sleep;

    fn name(&self) -> &'static str {
        ThisCore.name()
    }

    fn raw_spawn<F>(&self, future: F) -> Joinable<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (run, task) = joinable(future);
        self.start(|| run);
        task
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Joinable<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        this_core::unblock(work)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let deadline = Instant::now() + duration.min(this_core::LONGEST_SLEEP);
        let (mut elapse, elapsed) = oneshot::channel();
        self.start(move || async move {
            let timer = monoio::time::sleep_until(deadline.into());
            // The timer ends early when the sleep is dropped.
            or(timer, elapse.cancellation()).await;
            let _ = elapse.send(());
        });
        Sleep(elapsed)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        // The calling thread is not a core. It gets its own runtime, for its own timers and I/O.
        this_core::run(future)
    }
}

impl SpawnLocal for Cores {
    type LocalTask<T: 'static> = Joinable<T>;

    /// Spawns on the current thread, as [`ThisCore`] does, whichever core the handle is for.
    #[track_caller]
    fn raw_spawn_local<F>(&self, future: F) -> Joinable<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        ThisCore.raw_spawn_local(future)
    }
}

impl fmt::Debug for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Cores");
        shown.field("count", &self.count()).field("only", &self.only).finish_non_exhaustive()
    }
}

/// A timer of a core, which any thread can await. It never completes after its core has ended.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Sleep(oneshot::Receiver<()>);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(()) => Poll::Ready(()),
            Err(oneshot::Canceled) => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_run_before_a_full_mailbox_is_empty() {
        let threads = CoreThreads::start(NonZero::<usize>::MIN);
        let cores = threads.cores();
        let (go_on, blocked) = std::sync::mpsc::channel::<()>();
        drop(cores.raw_spawn(async move { blocked.recv().unwrap() }));
        let mailbox = cores.all[0].mailbox.clone();
        let left = cores.raw_spawn(async move { mailbox.len() });
        for _ in 0..10 * BATCH {
            drop(cores.raw_spawn(async {}));
        }
        go_on.send(()).unwrap();
        let left = cores.raw_block_on(left).unwrap();
        assert!(left >= 9 * BATCH, "{left}");
    }
}
