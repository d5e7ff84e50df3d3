//! The dump that is in progress, and the answers to it.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use runtime_hooks_recorder::internals::{SlotHandle, lock};

use crate::poll_extras::PollExtra;

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

/// How long a task that a dump has woken may be polled after the end of the dump. Such a poll is not counted either.
const LATE: Duration = Duration::from_secs(1);
/// [`PollExtra::Dump`] is set and reset under this lock.
static CURRENT: Mutex<State> = Mutex::new(State { current: None, ended: None });
static ALL_ANSWERED: Condvar = Condvar::new();

struct State {
    current: Option<Current>,
    /// When the last dump ended.
    ended: Option<Instant>,
}

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
    PollExtra::Dump.is_on()
}

/// Makes polls ordinary again, once a dump is over for long enough.
pub(crate) fn end_if_over() {
    let Ok(state) = CURRENT.try_lock() else { return };
    if state.current.is_none() && state.ended.is_none_or(|ended| ended.elapsed() > LATE) {
        PollExtra::Dump.set(false);
    }
}

/// Stores the answer of a task to the dump of this number, unless that is over.
pub(crate) fn answer(dump: u64, slot: SlotHandle, answer: Answer) {
    let Some(mut state) = lock(&CURRENT) else { return };
    let current = state.current.as_mut().filter(|current| current.number == dump);
    let Some(current) = current else { return };
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
        let answers = HashMap::with_capacity(tasks);
        if let Some(mut state) = lock(&CURRENT) {
            state.current = Some(Current { number, answers, outstanding: 0 });
            PollExtra::Dump.set(true);
        }
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
        let Some(state) = lock(&CURRENT) else { return true };
        let number = self.number;
        let is_waiting = |state: &mut State| {
            let current = state.current.as_ref();
            current.is_some_and(|current| current.number == number && current.outstanding > 0)
        };
        match ALL_ANSWERED.wait_timeout_while(state, limit, is_waiting) {
            Ok((_, timeout)) => !timeout.timed_out(),
            Err(poisoned) => !poisoned.into_inner().1.timed_out(),
        }
    }

    /// Ends the dump. Returns the answers by the bits of each task's slot.
    pub(super) fn finish(self) -> HashMap<u64, Answer> {
        self.with(|current| std::mem::take(&mut current.answers)).unwrap_or_default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Current) -> T) -> Option<T> {
        let mut state = lock(&CURRENT)?;
        state.current.as_mut().filter(|current| current.number == self.number).map(work)
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        if let Some(mut state) = lock(&CURRENT) {
            *state = State { current: None, ended: Some(Instant::now()) };
        }
    }
}
