//! The record of one thread: the thread writes it, any thread reads it.

use runtime_hooks_recorder::internals::sync::Owned;

use super::run::Run;

/// What a thread runs. A run is a poll of a task.
///
/// All stores are `Release`, and a reader loads a number before and after the fields that belong to it. The number of the
/// outermost run changes before the fields of the next run are stored, and so does the number of changes of the inner one.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub(crate) struct ThreadRecord {
    /// A count above the two bits of a [`State`].
    outer: Owned,
    outer_run: StoredRun,
    /// The number of the innermost run inside the outer one; 0 if there is none.
    inner: Owned,
    inner_run: StoredRun,
    /// How often the innermost run has started and ended to change: odd while it changes.
    inner_changes: Owned,
}

/// What a thread does: the two lowest bits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No poll.
    Free = 0,
    /// It polls a task.
    Polls = 1,
    /// It runs a blocking closure, and whatever is polled in that holds no worker.
    Blocks = 2,
}

const STATE: u64 = 0b11;
const COUNT: u64 = STATE + 1;

fn state(number: u64) -> State {
    match number & STATE {
        1 => State::Polls,
        2 => State::Blocks,
        _ => State::Free,
    }
}

impl State {
    /// The next number, with this state.
    fn after(self, number: u64) -> u64 {
        (number & !STATE).wrapping_add(COUNT) | self as u64
    }
}

/// A [`Run`] in words.
#[derive(Debug, Default)]
struct StoredRun([Owned; Run::WORDS]);

impl StoredRun {
    #[inline]
    fn set(&self, run: &Run) {
        self.0.iter().zip(run.words()).for_each(|(field, word)| field.set(word));
    }

    #[inline]
    fn get(&self) -> Run {
        Run::from_words(std::array::from_fn(|at| self.0[at].get()))
    }

    fn read(&self) -> Run {
        Run::from_words(std::array::from_fn(|at| self.0[at].read()))
    }
}

/// What a thread did before a run, which it does again after it.
#[derive(Debug)]
pub(crate) enum Before {
    /// Nothing.
    Nothing,
    /// It polled one task, in which this run is.
    Outer,
    /// It polled a task inside the outer one.
    Inner(u64, Run),
    /// It ran a blocking closure.
    Blocked,
}

impl ThreadRecord {
    /// A poll starts.
    #[inline]
    pub(crate) fn start(&self, run: &Run) -> Before {
        let number = self.outer.get();
        match state(number) {
            State::Free => {
                self.outer_run.set(run);
                self.outer.set(State::Polls.after(number));
                Before::Nothing
            }
            State::Polls => self.start_inner(run),
            State::Blocks => Before::Blocked,
        }
    }

    fn start_inner(&self, run: &Run) -> Before {
        let before = match self.inner.get() {
            0 => Before::Outer,
            number => Before::Inner(number, self.inner_run.get()),
        };
        self.replace_inner(self.inner_changes.get() + 1, run);
        before
    }

    /// A poll has ended.
    #[inline]
    pub(crate) fn stop(&self, before: &Before) {
        match before {
            Before::Nothing => self.outer.set(State::Free.after(self.outer.get())),
            Before::Outer => self.change_inner(|| self.inner.set(0)),
            Before::Inner(number, run) => self.replace_inner(*number, run),
            Before::Blocked => {}
        }
    }

    fn replace_inner(&self, number: u64, run: &Run) {
        self.change_inner(|| {
            self.inner.set(number);
            self.inner_run.set(run);
        });
    }

    #[inline]
    fn change_inner(&self, change: impl FnOnce()) {
        self.inner_changes.add(1);
        change();
        self.inner_changes.add(1);
    }

    /// A blocking closure starts.
    pub(crate) fn start_blocking(&self) -> Before {
        let number = self.outer.get();
        if state(number) == State::Blocks {
            return Before::Blocked;
        }
        self.outer.set(State::Blocks.after(number));
        if state(number) == State::Polls { Before::Outer } else { Before::Nothing }
    }

    /// A blocking closure has ended. The poll that it was called in starts anew.
    pub(crate) fn stop_blocking(&self, before: &Before) {
        let state = match before {
            Before::Nothing => State::Free,
            Before::Outer | Before::Inner(..) => State::Polls,
            Before::Blocked => return,
        };
        self.outer.set(state.after(self.outer.get()));
    }

    /// What the thread polls; `None` if it polls no task, or changes that now.
    pub(super) fn read(&self) -> Option<Polled> {
        let number = self.outer.read();
        if state(number) != State::Polls {
            return None;
        }
        let outer = (number, self.outer_run.read());
        let inner = self.read_inner().ok()?;
        (self.outer.read() == number).then_some(Polled { outer, inner })
    }

    fn read_inner(&self) -> Result<Option<NumberedRun>, Changes> {
        let changes = self.inner_changes.read();
        let (number, run) = (self.inner.read(), self.inner_run.read());
        if changes & 1 != 0 || self.inner_changes.read() != changes {
            return Err(Changes);
        }
        Ok((number != 0).then_some((number, run)))
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

/// The innermost run changes while it is read.
struct Changes;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn run(task: u64) -> Run {
        Run::from_words([task; Run::WORDS])
    }

    /// The tasks of the outermost and the innermost run.
    fn tasks(record: &ThreadRecord) -> Option<(u64, Option<u64>)> {
        let Polled { outer, inner } = record.read()?;
        Some((outer.1.words()[0], inner.map(|(_, run)| run.words()[0])))
    }

    #[test]
    fn the_outermost_and_the_innermost_run_are_read() {
        let record = ThreadRecord::default();
        assert_eq!(tasks(&record), None);
        let first = record.start(&run(1));
        assert_eq!(tasks(&record), Some((1, None)));
        let second = record.start(&run(2));
        assert_eq!(tasks(&record), Some((1, Some(2))));
        let third = record.start(&run(3));
        assert_eq!(tasks(&record), Some((1, Some(3))));
        record.stop(&third);
        assert_eq!(tasks(&record), Some((1, Some(2))));
        record.stop(&second);
        assert_eq!(tasks(&record), Some((1, None)));
        record.stop(&first);
        assert_eq!(tasks(&record), None);
    }

    #[test]
    fn each_run_has_a_number_of_its_own_and_the_outer_one_keeps_it() {
        let record = ThreadRecord::default();
        let numbers =
            || record.read().map(|polled| (polled.outer.0, polled.inner.map(|inner| inner.0)));
        let outer = record.start(&run(1));
        let alone = numbers().unwrap().0;
        for number in [1, 5, 9] {
            let inner = record.start(&run(7));
            assert_eq!(numbers(), Some((alone, Some(number))));
            record.stop(&inner);
        }
        record.stop(&outer);
        let next = record.start(&run(1));
        assert!(numbers().unwrap().0 > alone);
        record.stop(&next);
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
        record.stop_blocking(&nested);
        record.stop(&inside);
        assert_eq!(tasks(&record), None);
        record.stop_blocking(&closure);
        assert_eq!(tasks(&record), Some((1, None)));
        assert!(record.read().unwrap().outer.0 > number);
        record.stop(&poll);
        let closure = record.start_blocking();
        assert_eq!(tasks(&record), None);
        record.stop_blocking(&closure);
        assert_eq!(tasks(&record), None);
        let poll = record.start(&run(3));
        assert_eq!(tasks(&record), Some((3, None)));
        record.stop(&poll);
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use super::*;
    use loom::sync::Arc;

    #[test]
    fn a_reader_sees_no_run_with_fields_of_another() {
        loom::model(|| {
            let record = Arc::new(ThreadRecord::default());
            let writer = Arc::clone(&record);
            let writer = loom::thread::spawn(move || {
                for task in 1..=2 {
                    let before = writer.start(&Run::from_words([task; Run::WORDS]));
                    writer.stop(&before);
                }
            });
            if let Some(Polled { outer: (number, outer), .. }) = record.read() {
                let task = number / (2 * COUNT) + 1;
                assert_eq!(outer.words(), [task; Run::WORDS]);
            }
            writer.join().unwrap();
        });
    }

    #[test]
    fn a_reader_sees_no_inner_run_with_fields_of_another() {
        loom::model(|| {
            let record = Arc::new(ThreadRecord::default());
            let outer = record.start(&Run::from_words([9; Run::WORDS]));
            let first = record.start(&Run::from_words([1; Run::WORDS]));
            let writer = Arc::clone(&record);
            let writer = loom::thread::spawn(move || {
                let second = writer.start(&Run::from_words([2; Run::WORDS]));
                writer.stop(&second);
            });
            if let Some(Polled { inner: Some((number, inner)), .. }) = record.read() {
                assert_eq!(inner.words(), [if number == 1 { 1 } else { 2 }; Run::WORDS]);
            }
            writer.join().unwrap();
            record.stop(&first);
            record.stop(&outer);
        });
    }
}
