//! The record of one thread: the thread writes it, any thread reads it.

use runtime_hooks_recorder::internals::sync::Owned;

use super::run::Run;

/// What a thread polls: a task, in its poll a recorded future, and so on. A run is one of these polls.
///
/// All stores are `Release`. A reader loads the number of a run, its fields, the depth and the number again: see
/// [`read`](Self::read).
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub(crate) struct ThreadRecord {
    /// How many runs are in each other.
    depth: Owned,
    /// Whether the thread runs a blocking closure. Whatever is polled in that holds no worker.
    is_blocking: Owned,
    levels: [Level; LEVELS],
}

/// Runs that are deeper in each other are not stored: the last one of these is the innermost.
const LEVELS: usize = 7;

/// The run at one depth.
#[derive(Debug, Default)]
#[repr(C, align(64))]
struct Level {
    /// No other run at this depth has it.
    number: Owned,
    of: Owned,
    slot: Owned,
    /// The lowest bit says whether there are ids: the others of an address are enough.
    stack: Owned,
    ids: [Owned; 3],
}

const HAS_IDS: u64 = 1;

impl Level {
    // The fields one by one: if they were put together first, the processor would wait for the parts.
    #[inline]
    fn start(&self, run: &Run) {
        self.of.set(run.of);
        self.slot.set(run.slot);
        self.stack.set(run.stack & !HAS_IDS | u64::from(run.ids.is_some()));
        if let Some(ids) = run.ids {
            self.ids.iter().zip(ids).for_each(|(field, word)| field.set(word));
        }
        self.number.add(1);
    }

    fn run(&self) -> Run {
        let stack = self.stack.read();
        let ids = (stack & HAS_IDS != 0).then(|| self.ids.each_ref().map(Owned::read));
        Run { of: self.of.read(), slot: self.slot.read(), stack: stack & !HAS_IDS, ids }
    }
}

impl ThreadRecord {
    /// A poll starts. Returns how deep it is, for [`stop`](Self::stop).
    #[inline]
    pub(crate) fn start(&self, run: &Run) -> u64 {
        let depth = self.depth.get();
        if let Some(level) = usize::try_from(depth).ok().and_then(|at| self.levels.get(at)) {
            level.start(run);
        }
        self.depth.set(depth + 1);
        depth
    }

    /// The poll at this depth has ended.
    #[inline]
    pub(crate) fn stop(&self, depth: u64) {
        self.depth.set(depth);
    }

    /// The thread ends. It could end inside a poll.
    pub(super) fn reset(&self) {
        self.depth.set(0);
        self.is_blocking.set(0);
    }

    /// A blocking closure starts. Returns whether it is in another one, for [`stop_blocking`](Self::stop_blocking).
    pub(crate) fn start_blocking(&self) -> bool {
        let was_blocking = self.is_blocking.get() != 0;
        self.is_blocking.set(1);
        was_blocking
    }

    /// A blocking closure has ended. The poll that it was called in counts as a new one.
    pub(crate) fn stop_blocking(&self, was_blocking: bool) {
        if !was_blocking {
            self.levels[0].number.add(1);
            self.is_blocking.set(0);
        }
    }

    /// What the thread polls; `None` if it polls no task, or changes that now.
    ///
    /// A run at a depth starts after the one before has ended, with a lower depth. So a reader that sees a field of the next
    /// run sees then either that lower depth, or the next run's number.
    pub(super) fn read(&self) -> Option<Polled> {
        if self.is_blocking.read() != 0 {
            return None;
        }
        let depth = self.depth.read().min(LEVELS as u64);
        let outer = self.read_level(depth.min(1))?;
        let inner = if depth > 1 { Some(self.read_level(depth)?) } else { None };
        Some(Polled { outer, inner })
    }

    /// The run at this depth, if it goes on; `None` at depth 0.
    fn read_level(&self, depth: u64) -> Option<NumberedRun> {
        let level = self.levels.get(usize::try_from(depth.checked_sub(1)?).ok()?)?;
        let number = level.number.read();
        let run = level.run();
        (self.depth.read() >= depth && level.number.read() == number).then_some((number, run))
    }
}

/// A run and its number.
pub(super) type NumberedRun = (u64, Run);

/// What a thread polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Polled {
    pub(super) outer: NumberedRun,
    /// The innermost run, if it is another one.
    pub(super) inner: Option<NumberedRun>,
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn run(task: u64) -> Run {
        let ids = task.is_multiple_of(2).then_some([task; 3]);
        Run { of: task, slot: task, stack: 2 * task, ids }
    }

    /// The tasks of the outermost and the innermost run.
    fn tasks(record: &ThreadRecord) -> Option<(u64, Option<u64>)> {
        let Polled { outer, inner } = record.read()?;
        let task = |run: Run| {
            assert_eq!(run, self::run(run.of));
            run.of
        };
        Some((task(outer.1), inner.map(|(_, run)| task(run))))
    }

    #[test]
    fn the_outermost_and_the_innermost_run_are_read() {
        let record = ThreadRecord::default();
        assert_eq!(tasks(&record), None);
        let depths: Vec<_> = (1..=9).map(|task| record.start(&run(task))).collect();
        // The seventh is the last one that is stored.
        for (depth, innermost) in depths.into_iter().rev().zip([7, 7, 7, 6, 5, 4, 3, 2]) {
            assert_eq!(tasks(&record), Some((1, Some(innermost))));
            record.stop(depth);
        }
        assert_eq!(tasks(&record), Some((1, None)));
        record.stop(0);
        assert_eq!(tasks(&record), None);
    }

    #[test]
    fn each_run_has_a_number_of_its_own_and_the_outer_one_keeps_it() {
        let record = ThreadRecord::default();
        let numbers =
            || record.read().map(|polled| (polled.outer.0, polled.inner.map(|inner| inner.0)));
        let outer = record.start(&run(1));
        for number in 1..=3 {
            let inner = record.start(&run(7));
            assert_eq!(numbers(), Some((1, Some(number))));
            record.stop(inner);
        }
        record.stop(outer);
        let next = record.start(&run(1));
        assert_eq!(numbers(), Some((2, None)));
        record.stop(next);
    }

    #[test]
    fn nothing_is_watched_in_a_blocking_closure_and_its_poll_starts_anew_after_it() {
        let record = ThreadRecord::default();
        let poll = record.start(&run(1));
        let number = record.read().unwrap().outer.0;
        let closure = record.start_blocking();
        let inside = record.start(&run(2));
        let nested = record.start_blocking();
        assert_eq!(tasks(&record), None);
        record.stop_blocking(nested);
        record.stop(inside);
        assert_eq!(tasks(&record), None);
        record.stop_blocking(closure);
        assert_eq!(tasks(&record), Some((1, None)));
        assert!(record.read().unwrap().outer.0 > number);
        record.stop(poll);
        let closure = record.start_blocking();
        let poll = record.start(&run(3));
        assert_eq!(tasks(&record), None);
        record.stop(poll);
        record.stop_blocking(closure);
        assert_eq!(tasks(&record), None);
    }
}
