//! One live task in two cache lines: the thread that runs the task writes them, any thread reads.

use crate::sync::{AtomicU64, Ordering, Owned, yield_now};

/// A place for one live task at a time. Fields that are written at submission are in the first cache line, so the
/// second one is only written by the threads that run the task.
///
/// A generation identifies one of the tasks that use the slot in turn; it is odd while the slot is taken. A reader
/// loads it before and after the other fields. A field of the next task is written after the slot was closed, and all
/// stores are `Release`: a reader that sees such a field with `Acquire` also sees the changed generation. No fence is
/// needed. `since` does the same for each start and end of a poll: see [`Phase::Changing`].
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub(super) struct Slot {
    generation: Owned,
    /// Recorder and series, and whether the task was spawned: see `handle::owner`.
    of: Owned,
    submitted: Owned,
    /// The phase, and the tick at which it began.
    since: Owned,
    /// The total of finished polls, in ticks.
    busy: Owned,
    /// The number of polls started; in the high bits the number of polls during which the task was woken.
    polls: Owned,
    /// Wakes, whether one came since the last poll started, and the generation. Only this word has several writers.
    wakes: AtomicU64,
    /// The tick of the wake since which the task is runnable.
    woke: Owned,
    /// The total of finished schedule delays, in ticks. This field and the next belong to the previous task until the
    /// first poll.
    scheduled: Owned,
    /// How many clones of the waker remained when the last poll ended.
    wakers: Owned,
    /// The tick of the first poll, if durations are measured from there. Like the fields above, of the previous task
    /// until then.
    first_run: Owned,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Slot>() == 128, "the hardware fetches lines in pairs");

/// The phase of a slot's task. An idle task that has been woken since is runnable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Submitted = 0,
    Running = 1,
    Idle = 2,
    /// A poll starts or ends, and some of the fields are written. A reader reads again. If it never finds another phase,
    /// the totals are those up to this start or end, or to the one before.
    Changing = 3,
}

/// How often a reader reads again, each time after it has let other threads run.
#[cfg(not(loom))]
const ATTEMPTS: usize = 1_000;
#[cfg(loom)]
const ATTEMPTS: usize = 2;

/// The content of a slot. Times are ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) generation: u64,
    pub(super) of: u64,
    pub(super) submitted: u64,
    /// From when the duration is measured.
    pub(super) counts_from: u64,
    pub(super) phase: Phase,
    pub(super) since: u64,
    pub(super) busy: u64,
    pub(super) scheduled: u64,
    pub(super) wakers: u64,
    pub(super) polls: u64,
    pub(super) polls_with_wake: u64,
    pub(super) wakes: u64,
    pub(super) is_woken: bool,
    /// A late wake of the previous task may leave a tick from before the submission.
    pub(super) woke: u64,
}

const POLLS: u64 = (1 << 40) - 1;
const WITH_WAKE: u64 = 1 << 40;
const WAKES: u64 = (1 << 39) - 1;
const WOKEN: u64 = 1 << 39;
const GENERATION: u32 = 40;

const fn state(phase: Phase, since: u64) -> u64 {
    since << 2 | phase as u64
}

/// The high bits of `wakes`, which identify the task.
const fn mark(generation: u64) -> u64 {
    generation << GENERATION
}

const fn is_of(wakes: u64, generation: u64) -> bool {
    wakes & !(WAKES | WOKEN) == mark(generation)
}

impl Slot {
    /// Takes the slot for a task; returns the new generation.
    #[inline]
    pub(super) fn open(&self, of: u64, submitted: u64) -> u64 {
        let generation = self.generation.get().wrapping_add(1);
        self.of.set(of);
        self.submitted.set(submitted);
        self.since.set(state(Phase::Submitted, submitted));
        self.busy.set(0);
        self.polls.set(0);
        self.wakes.store(mark(generation), Ordering::Release);
        self.woke.set(0);
        self.generation.set(generation);
        generation
    }

    /// Frees the slot.
    #[inline]
    pub(super) fn close(&self) {
        self.generation.add(1);
    }

    #[inline]
    pub(super) fn submitted(&self) -> u64 {
        self.submitted.get()
    }

    pub(super) fn first_run(&self) -> u64 {
        self.first_run.get()
    }

    pub(super) fn set_first_run(&self, now: u64) {
        self.first_run.set(now);
    }

    /// A poll starts. `runnable_since` is the tick since which the task was runnable, if that is known.
    #[inline]
    pub(super) fn start(&self, runnable_since: Option<u64>, now: u64) {
        self.since.set(state(Phase::Changing, now));
        let waited = runnable_since.map_or(0, |since| now.saturating_sub(since));
        // Until the first poll these fields belong to the previous task.
        if self.polls.get() == 0 {
            self.scheduled.set(waited);
            self.wakers.set(0);
        } else {
            self.scheduled.add(waited);
        }
        self.polls.add(1);
        // Relaxed: the runtime orders a wake before the poll that it causes.
        if self.wakes.load(Ordering::Relaxed) & WOKEN != 0 {
            self.wakes.fetch_and(!WOKEN, Ordering::Release);
        }
        self.since.set(state(Phase::Running, now));
    }

    #[inline]
    pub(super) fn pause(&self, started: u64, now: u64, wakers: u64) {
        self.since.set(state(Phase::Changing, now));
        self.busy.add(now.saturating_sub(started));
        let is_woken = self.wakes.load(Ordering::Relaxed) & WOKEN != 0;
        // Saturates.
        if is_woken && self.polls.get() < u64::MAX - POLLS {
            self.polls.add(WITH_WAKE);
        }
        self.wakers.set(wakers);
        self.since.set(state(Phase::Idle, now));
    }

    /// Counts a wake of the task of this generation. `first` is the tick of the wake if it is the first since the
    /// last poll started. A wake of an ended task counts nothing.
    #[inline]
    pub(super) fn wake(&self, generation: u64, first: Option<u64>) {
        let counted = self.wakes.fetch_update(Ordering::Release, Ordering::Relaxed, |word| {
            let more = mark(generation) | WOKEN | (word & WAKES).wrapping_add(1) & WAKES;
            is_of(word, generation).then_some(more)
        });
        if let (Ok(_), Some(now)) = (counted, first) {
            self.woke.set(now);
        }
    }

    /// The content, as it was between two starts or ends of polls; `None` if the slot is free, or was freed while it was
    /// read.
    pub(super) fn read(&self) -> Option<Content> {
        let mut attempt = 0;
        loop {
            let (since, content) = self.read_once()?;
            let is_whole = content.phase != Phase::Changing && self.since.read() == since;
            attempt += 1;
            if is_whole {
                return Some(content);
            }
            if attempt == ATTEMPTS {
                return Some(Content { phase: Phase::Changing, ..content });
            }
            yield_now();
        }
    }

    /// The content, and the word with the phase, which is read first.
    pub(super) fn read_once(&self) -> Option<(u64, Content)> {
        let generation = self.generation.read();
        if generation & 1 == 0 {
            return None;
        }
        let (word, polls) = (self.since.read(), self.polls.read());
        let wakes = Some(self.wakes.load(Ordering::Acquire));
        // Wakes of another generation do not count.
        let wakes = wakes.filter(|word| is_of(*word, generation)).unwrap_or(0);
        let (submitted, first_run) = (self.submitted.read(), self.first_run.read());
        // An older tick is of a previous task.
        let has_first_run = polls > 0 && first_run >= submitted;
        let content = Content {
            generation,
            of: self.of.read(),
            submitted,
            counts_from: if has_first_run { first_run } else { submitted },
            phase: match word & 0b11 {
                0 => Phase::Submitted,
                1 => Phase::Running,
                2 => Phase::Idle,
                _ => Phase::Changing,
            },
            since: word >> 2,
            busy: self.busy.read(),
            scheduled: if polls == 0 { 0 } else { self.scheduled.read() },
            wakers: if polls == 0 { 0 } else { self.wakers.read() },
            polls: polls & POLLS,
            polls_with_wake: polls / WITH_WAKE,
            wakes: wakes & WAKES,
            is_woken: wakes & WOKEN != 0,
            woke: self.woke.read(),
        };
        (self.generation.read() == generation).then_some((word, content))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_read_as_written_until_it_is_closed() {
        let slot = Slot::default();
        assert_eq!(slot.read(), None);
        let generation = slot.open(7, 10);
        let new = Content {
            generation,
            of: 7,
            submitted: 10,
            counts_from: 10,
            phase: Phase::Submitted,
            since: 10,
            busy: 0,
            scheduled: 0,
            wakers: 0,
            polls: 0,
            polls_with_wake: 0,
            wakes: 0,
            is_woken: false,
            woke: 0,
        };
        assert_eq!(slot.read(), Some(new));
        slot.start(Some(10), 12);
        let running = Content { phase: Phase::Running, since: 12, scheduled: 2, polls: 1, ..new };
        assert_eq!(slot.read(), Some(running));
        slot.pause(12, 15, 2);
        let idle = Content { phase: Phase::Idle, since: 15, busy: 3, wakers: 2, ..running };
        assert_eq!(slot.read(), Some(idle));
        slot.wake(generation, Some(20));
        slot.wake(generation, None);
        let woken = Content { wakes: 2, is_woken: true, woke: 20, ..idle };
        assert_eq!(slot.read(), Some(woken));
        slot.start(Some(20), 21);
        let again = Content {
            phase: Phase::Running,
            since: 21,
            scheduled: 3,
            polls: 2,
            is_woken: false,
            ..woken
        };
        assert_eq!(slot.read(), Some(again));
        slot.wake(generation, Some(22));
        slot.pause(21, 23, 1);
        assert_eq!(slot.read().map(|content| content.polls_with_wake), Some(1));
        slot.start(None, 24);
        slot.pause(24, 25, 0);
        assert_eq!(slot.read().map(|content| content.wakers), Some(0));
        slot.close();
        assert_eq!(slot.read(), None);
    }

    #[test]
    fn a_wake_of_an_ended_task_is_not_counted_for_the_next_task() {
        let slot = Slot::default();
        let before = slot.open(1, 1);
        slot.close();
        let after = slot.open(2, 5);
        slot.wake(before, Some(3));
        assert_ne!(before, after);
        assert_eq!(slot.read().map(|content| (content.wakes, content.woke)), Some((0, 0)));
    }

    #[test]
    fn delays_and_wakers_of_the_previous_task_are_not_read() {
        let slot = Slot::default();
        let read = || slot.read().map(|content| (content.scheduled, content.wakers));
        slot.open(1, 1);
        slot.start(Some(1), 8);
        slot.pause(8, 9, 3);
        assert_eq!(read(), Some((7, 3)));
        slot.close();
        slot.open(2, 10);
        assert_eq!(read(), Some((0, 0)));
        slot.start(None, 12);
        assert_eq!(read(), Some((0, 0)));
    }

    #[test]
    fn full_counters_do_not_overflow_into_each_other() {
        let slot = Slot::default();
        let generation = slot.open(1, 1);
        slot.wakes.store(mark(generation) | WAKES, Ordering::Relaxed);
        slot.polls.set(u64::MAX - POLLS + 3);
        slot.wake(generation, None);
        slot.pause(1, 2, 1);
        let full = slot.read().unwrap();
        assert_eq!((full.wakes, full.is_woken), (0, true));
        assert_eq!((full.polls, full.polls_with_wake), (3, (1 << 24) - 1));
    }
}
