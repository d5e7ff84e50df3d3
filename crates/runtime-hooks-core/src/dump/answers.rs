//! The dump that is in progress, and the answers to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use runtime_hooks_recorder::internals::{SlotHandle, lock};

/// Where a leaf future of a task waits: the stack from where it cloned or woke the task's waker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Trace {
    /// Return addresses, the innermost first, up to the poll of the task.
    pub addresses: Box<[usize]>,
    /// Whether the task was woken there, as by a future that yields.
    pub is_wake: bool,
}

/// What a task answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It waits at these places. None if its futures did not ask for a waker again.
    Waits(Vec<Trace>),
    /// It ended meanwhile.
    Ended,
    /// It has no waker, so it cannot be woken: no poll of it asked for one.
    NeverWoken,
    /// It was woken and was not polled in time.
    NotPolled,
    /// It runs: its poll has not ended.
    Runs,
    /// It was not polled yet.
    NotStarted,
    /// The time was up before it was asked.
    NotAsked,
}

/// Whether a dump is in progress. Relaxed: a poll that does not see it yet is an ordinary one.
static IS_ACTIVE: AtomicBool = AtomicBool::new(false);
static CURRENT: Mutex<Option<Current>> = Mutex::new(None);
static ALL_ANSWERED: Condvar = Condvar::new();

struct Current {
    /// Of the dump.
    number: u64,
    answers: HashMap<u64, Answer>,
    /// The number of tasks that were asked and have not answered.
    outstanding: usize,
}

/// Whether a poll has to look whether its task was asked.
#[inline]
pub(crate) fn is_active() -> bool {
    IS_ACTIVE.load(Ordering::Relaxed)
}

/// Stores the answer of a task to the dump of this number, unless that is over.
pub(crate) fn answer(dump: u64, slot: SlotHandle, answer: Answer) {
    let Some(mut current) = lock(&CURRENT) else { return };
    let Some(current) = current.as_mut().filter(|current| current.number == dump) else { return };
    current.answers.insert(slot.bits(), answer);
    current.outstanding = current.outstanding.saturating_sub(1);
    if current.outstanding == 0 {
        ALL_ANSWERED.notify_one();
    }
}

/// A dump from its start to its end.
pub(super) struct Dump {
    pub(super) number: u64,
}

impl Dump {
    /// Starts a dump of about `tasks` tasks. Only one is in progress at a time: the caller sees to that.
    pub(super) fn start(number: u64, tasks: usize) -> Self {
        if let Some(mut current) = lock(&CURRENT) {
            let answers = HashMap::with_capacity(tasks);
            *current = Some(Current { number, answers, outstanding: 0 });
        }
        IS_ACTIVE.store(true, Ordering::Relaxed);
        Self { number }
    }

    /// One more task will be asked.
    pub(super) fn expect_one(&self) {
        self.with(|current| current.outstanding += 1);
    }

    /// A task that was asked cannot answer any more.
    pub(super) fn expect_one_less(&self) {
        self.with(|current| current.outstanding = current.outstanding.saturating_sub(1));
    }

    /// Whether this task has answered.
    pub(super) fn has_answered(&self, slot: SlotHandle) -> bool {
        self.with(|current| current.answers.contains_key(&slot.bits())).unwrap_or(true)
    }

    pub(super) fn answered(&self) -> usize {
        self.with(|current| current.answers.len()).unwrap_or(0)
    }

    /// Waits until all tasks that were asked have answered; `limit` at most. Returns whether they have.
    pub(super) fn wait(&self, limit: Duration) -> bool {
        let Some(current) = lock(&CURRENT) else { return true };
        let number = self.number;
        let is_waiting = |current: &mut Option<Current>| {
            current.as_ref().is_some_and(|c| c.number == number && c.outstanding > 0)
        };
        match ALL_ANSWERED.wait_timeout_while(current, limit, is_waiting) {
            Ok((_, timeout)) => !timeout.timed_out(),
            Err(poisoned) => !poisoned.into_inner().1.timed_out(),
        }
    }

    /// Ends the dump. Returns the answers by the bits of each task's slot.
    pub(super) fn finish(self) -> HashMap<u64, Answer> {
        self.with(|current| std::mem::take(&mut current.answers)).unwrap_or_default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Current) -> T) -> Option<T> {
        lock(&CURRENT)?.as_mut().filter(|current| current.number == self.number).map(work)
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        IS_ACTIVE.store(false, Ordering::Relaxed);
        if let Some(mut current) = lock(&CURRENT) {
            *current = None;
        }
    }
}
