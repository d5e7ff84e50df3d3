//! Runs random operations on the tasks of a runtime.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use runtime_hooks::{
    AsyncioExt, JoinHandle, Kind, RuntimeHooks, RuntimeHooksExt, State, WithInstrumentor,
};

use crate::expected::Expected;
use crate::witness::{Seen, Witness};

/// The number of tasks in flight at once.
const IN_FLIGHT: usize = 64;

pub(crate) struct Driver<R: RuntimeHooks> {
    runtime: WithInstrumentor<R>,
    random: fastrand::Rng,
    seen: Arc<Seen>,
    tasks: VecDeque<JoinHandle<u32, WithInstrumentor<R>>>,
    /// Each detached task holds a sender, so the channel closes when the last one has ended.
    detached: (async_channel::Sender<()>, async_channel::Receiver<()>),
}

impl<R: RuntimeHooks> Driver<R> {
    pub(crate) fn new(runtime: WithInstrumentor<R>, random: fastrand::Rng) -> Self {
        Self {
            runtime,
            random,
            seen: Arc::default(),
            tasks: VecDeque::with_capacity(IN_FLIGHT + 1),
            detached: async_channel::bounded(1),
        }
    }

    pub(crate) async fn drive_while(mut self, is_over: &AtomicBool) -> Expected {
        while !is_over.load(Ordering::Relaxed) {
            self.act().await;
            if self.tasks.len() > IN_FLIGHT {
                self.join_oldest().await;
            }
        }
        while !self.tasks.is_empty() {
            self.join_oldest().await;
        }
        let (sender, over) = self.detached;
        drop(sender);
        assert!(over.recv().await.is_err(), "nobody sends");
        self.seen.of(self.runtime.name())
    }

    async fn act(&mut self) {
        let polls = self.random.u32(1..6);
        match self.random.u8(..100) {
            0..30 => self.spawned(watched(polls, self.witness())),
            30..40 => {
                let name = format!("name {}", self.random.u32(..1_000));
                let task = self.runtime.named(name).spawn(watched(polls, self.witness()));
                self.tasks.push_back(task);
            }
            40..50 => self.aborted(watched(polls, self.witness())),
            50..55 => self.aborted(hangs(self.witness())),
            55..62 => self.spawned(panics(polls, self.witness())),
            62..68 => self.detach(polls),
            68..73 => self.blocking(),
            73..79 => self.in_time(polls).await,
            79..84 => self.elapsed().await,
            84..90 => self.gathered(polls).await,
            90..95 => drop(self.runtime.instrument(watched(polls, self.witness()))),
            _ => drop(self.runtime.instrument(watched(polls, self.witness())).await),
        }
    }

    fn witness(&self) -> Witness {
        Witness::new(&self.seen, Kind::Coroutine)
    }

    fn spawned(&mut self, work: impl Future<Output = u32> + Send + 'static) {
        self.tasks.push_back(self.runtime.spawn(work));
    }

    fn aborted(&mut self, work: impl Future<Output = u32> + Send + 'static) {
        let task = self.runtime.spawn(work);
        task.abort();
        self.tasks.push_back(task);
    }

    fn detach(&mut self, polls: u32) {
        let (sender, work) = (self.detached.0.clone(), watched(polls, self.witness()));
        let recorded = self.runtime.instrument(work);
        // The sender is outside of the recorded future, so it is dropped after the end is recorded.
        drop(self.runtime.runtime().raw_spawn(async move {
            recorded.await;
            drop(sender);
        }));
    }

    fn blocking(&mut self) {
        let witness = Witness::new(&self.seen, Kind::Blocking);
        let panics = self.random.bool();
        let task = self.runtime.spawn_blocking(move || {
            assert!(!panics, "in a closure");
            witness.done();
            1
        });
        if self.random.u8(..4) == 0 {
            task.abort();
        }
        self.tasks.push_back(task);
    }

    async fn in_time(&mut self, polls: u32) {
        let minute = Duration::from_secs(60);
        let work = watched(polls, self.witness());
        assert_eq!(self.runtime.timeout(minute, work).await.ok(), Some(polls));
    }

    async fn elapsed(&mut self) {
        assert!(self.runtime.timeout(Duration::ZERO, pending_for_ever()).await.is_err());
        self.seen.count(Kind::Coroutine, State::Timeout, 1);
    }

    async fn gathered(&mut self, polls: u32) {
        let members: Vec<_> = (0..5).map(|_| watched(polls, self.witness())).collect();
        assert_eq!(self.runtime.gather(members).await, [polls; 5]);
    }

    async fn join_oldest(&mut self) {
        if let Some(task) = self.tasks.pop_front() {
            // The witness records how the task ended.
            let _ = task.await;
        }
    }
}

/// Wakes itself in each poll except the last.
pub(crate) async fn work(polls: u32) -> u32 {
    let mut done = 0;
    poll_fn(|cx| {
        done += 1;
        if done == polls {
            return Poll::Ready(polls);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

async fn watched(polls: u32, witness: Witness) -> u32 {
    let done = work(polls).await;
    witness.done();
    done
}

async fn panics(polls: u32, _witness: Witness) -> u32 {
    panic!("after {} polls", work(polls).await);
}

async fn hangs(_witness: Witness) -> u32 {
    pending().await
}

async fn pending_for_ever() {
    pending::<()>().await;
}
