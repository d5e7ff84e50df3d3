//! One event of a task: four words.
//!
//! | word   | bits   | content                                                                            |
//! |--------|--------|------------------------------------------------------------------------------------|
//! | header | 0..24  | the series                                                                         |
//! |        | 24..29 | the outcome, if the task ended                                                     |
//! |        | 29..33 | flags: what happened                                                               |
//! |        | 33..64 | the schedule delay before the poll, in ticks                                       |
//! | at     | 0..64  | the tick of the end of the poll, of the task, or of a delay without a poll; of a wake |
//! | from   | 0..64  | the tick of the start of the poll, or of a delay without a poll; the duration in   |
//! |        |        | nanoseconds of a task that was recorded after its end                              |
//! | task   | 0..64  | the tick from which the duration of the task is measured                           |
//!
//! Ticks are those of the recorder's clock and are stored whole: no duration is too long, and nothing is computed before
//! an event is stored. A delay of 2^31 ticks or more (0.7 s at 3 GHz) is an event of its own. So is a delay whose poll is
//! not recorded, and a wake: the thread that wakes a task is another one than the one that polls it.
//!
//! A task has no number of its own, which would cost every task 8 bytes. Two tasks of one series differ in `task`, unless
//! two threads submitted them in the same tick. Starts are no events: an event each would cost a task 8 ns. They are
//! [counted](super::starts::Starts), and `task` tells when a task started.

use crate::recorder::outcomes::OutcomeId;
use crate::recorder::series_id::SeriesId;
use crate::recorder::step::{Interval, Step};

/// What happened, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    header: u64,
    at: u64,
    from: u64,
    task: u64,
}

const OUTCOME: u32 = SeriesId::BITS;
const FLAGS: u32 = OUTCOME + OutcomeId::BITS;
const DELAY: u32 = FLAGS + 4;

/// A poll ended.
const POLLED: u64 = 1 << FLAGS;
/// The task ended.
const ENDED: u64 = 1 << (FLAGS + 1);
/// The poll has a schedule delay. Without a poll, `from` is when it began, and `at` is when it ended.
const DELAYED: u64 = 1 << (FLAGS + 2);
/// `from` is the duration of the task in nanoseconds.
const NANOS: u64 = 1 << (FLAGS + 3);

/// The delays that fit into the header.
const SHORT: u64 = 1 << (u64::BITS - DELAY);

impl Event {
    /// A task that is recorded after its end, and took this many nanoseconds.
    pub(crate) const fn ended_after(
        series: SeriesId,
        outcome: OutcomeId,
        nanos: u64,
        at: u64,
    ) -> Self {
        let header = series.bits() as u64 | NANOS | ended_with(outcome);
        Self { header, at, from: nanos, task: at }
    }

    /// A wake, which the recorder adds to nothing.
    pub(crate) const fn woken(series: SeriesId, task: u64, at: u64) -> Self {
        Self { header: series.bits() as u64, at, from: 0, task }
    }

    /// The events of a step of a task: one, unless the delay is long.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "removes the unused fields of the `Step`")]
    pub(crate) fn of_step(
        series: SeriesId,
        task: u64,
        step: &Step,
    ) -> (Option<Self>, Option<Self>) {
        let series = u64::from(series.bits());
        let ended = step.ended.map_or(0, |(outcome, _)| ended_with(outcome));
        let task = step.ended.map_or(task, |(_, (since, _))| since);
        let (delay, long) = match (step.schedule, step.poll) {
            (Some((since, to)), Some(_)) if to.saturating_sub(since) < SHORT => {
                (DELAYED | to.saturating_sub(since) << DELAY, None)
            }
            (Some((from, at)), _) => (0, Some(Self { header: series | DELAYED, at, from, task })),
            (None, _) => (0, None),
        };
        let event = match (step.poll, step.ended) {
            (Some((from, at)), _) => {
                Some(Self { header: series | delay | POLLED | ended, at, from, task })
            }
            (None, Some((_, (_, at)))) => Some(Self { header: series | ended, at, from: 0, task }),
            (None, None) => None,
        };
        (event, long)
    }

    #[inline]
    pub(super) const fn into_words(self) -> [u64; 4] {
        [self.header, self.at, self.from, self.task]
    }

    #[inline]
    pub(super) const fn from_words([header, at, from, task]: [u64; 4]) -> Self {
        Self { header, at, from, task }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
    pub(crate) const fn series(&self) -> SeriesId {
        SeriesId::from_bits(self.header as u32)
    }

    /// The tick from which the duration of the task is measured.
    pub(crate) const fn task(&self) -> u64 {
        self.task
    }

    /// When it happened.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// From when to when the task was polled.
    #[inline]
    pub(crate) fn poll(&self) -> Option<Interval> {
        self.is(POLLED).then_some((self.from, self.at))
    }

    /// From when to when the task was runnable.
    #[inline]
    pub(crate) fn schedule(&self) -> Option<Interval> {
        let of_poll = (self.from.wrapping_sub(self.header >> DELAY), self.from);
        let interval = if self.is(POLLED) { of_poll } else { (self.from, self.at) };
        self.is(DELAYED).then_some(interval)
    }

    /// The outcome of the task, and its duration.
    #[inline]
    pub(crate) fn ended(&self) -> Option<(OutcomeId, TaskDuration)> {
        let lived = if self.is(NANOS) {
            TaskDuration::Nanos(self.from)
        } else {
            TaskDuration::Ticks((self.task, self.at))
        };
        self.is(ENDED).then_some((OutcomeId::from_bits(self.header >> OUTCOME), lived))
    }

    #[inline]
    const fn is(&self, flag: u64) -> bool {
        self.header & flag != 0
    }
}

/// How long a task took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskDuration {
    Ticks(Interval),
    Nanos(u64),
}

#[inline]
const fn ended_with(outcome: OutcomeId) -> u64 {
    ENDED | (outcome.index() as u64) << OUTCOME
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const SERIES: SeriesId = SeriesId::from_bits((1 << 24) - 2);
    const LAST: OutcomeId = OutcomeId::from_bits(31);

    /// Asserts that a step is read as it was recorded, from so many events.
    #[track_caller]
    fn assert_read_as_recorded(step: Step, number: usize) {
        let (first, second) = Event::of_step(SERIES, 5, &step);
        let read: Vec<_> = first.into_iter().chain(second).collect();
        assert_eq!(read.len(), number, "{step:?}");
        assert!(read.iter().all(|event| event.series() == SERIES && event.task == 5));
        let one = |events: Vec<Interval>| (events.len() < 2).then(|| events.first().copied());
        assert_eq!(one(read.iter().filter_map(Event::poll).collect()), Some(step.poll));
        assert_eq!(one(read.iter().filter_map(Event::schedule).collect()), Some(step.schedule));
        let lived = step.ended.map(|(outcome, interval)| (outcome, TaskDuration::Ticks(interval)));
        assert_eq!(read.iter().filter_map(Event::ended).collect::<Vec<_>>(), Vec::from_iter(lived));
    }

    #[test]
    fn each_step_is_read_as_it_was_recorded() {
        let ends = [None, Some((LAST, (5, u64::MAX))), Some((OutcomeId::FINISHED, (5, u64::MAX)))];
        let begun = 1 << 40;
        let delays = [0, 1, SHORT - 1, SHORT, begun].map(|delay| Some((begun - delay, begun)));
        for ended in ends {
            let nothing = Step { ended, ..Step::default() };
            assert_read_as_recorded(nothing, usize::from(ended.is_some()));
            assert_read_as_recorded(Step { poll: Some((begun, u64::MAX)), ..nothing }, 1);
            for schedule in delays {
                let is_long = schedule.is_some_and(|(from, to)| to - from >= SHORT);
                let step = Step { poll: Some((begun, u64::MAX)), schedule, ..nothing };
                assert_read_as_recorded(step, 1 + usize::from(is_long));
                let without_poll = Step { schedule, ..nothing };
                assert_read_as_recorded(without_poll, 1 + usize::from(ended.is_some()));
            }
        }
    }

    #[test]
    fn a_delay_that_ends_before_it_begins_is_zero() {
        let step = Step { schedule: Some((9, 8)), poll: Some((8, 10)), ended: None };
        let (event, long) = Event::of_step(SERIES, 5, &step);
        assert_eq!((event.and_then(|event| event.schedule()), long), (Some((8, 8)), None));
    }

    #[test]
    fn a_task_recorded_after_its_end_is_read_as_recorded() {
        let ended = Event::ended_after(SERIES, LAST, u64::MAX, 7);
        assert_eq!(ended.at(), 7);
        assert_eq!(ended.series(), SERIES);
        assert_eq!(ended.ended(), Some((LAST, TaskDuration::Nanos(u64::MAX))));
        assert_eq!((ended.poll(), ended.schedule()), (None, None));
    }

    #[test]
    fn a_wake_is_nothing_but_a_wake() {
        let woken = Event::woken(SERIES, 5, 9);
        assert_eq!((woken.series(), woken.task(), woken.at()), (SERIES, 5, 9));
        assert_eq!((woken.ended(), woken.poll(), woken.schedule()), (None, None, None));
    }
}
