//! The last 15 minutes, second by second: a ring that is bounded in time and in bytes.

mod buckets;
mod codec;
mod groups;
mod window;

use std::collections::VecDeque;
use std::mem;
use std::ops::Range;
use std::time::Duration;

use runtime_hooks_core::{HistogramDelta, Measure, RuntimeSnapshot, SeriesSnapshot, State};

pub(crate) use self::buckets::{Buckets, bounds};
pub(crate) use self::window::{SeriesWindow, Window};

use self::codec::{Change, Changes};
use self::groups::Groups;

/// As many ticks as are kept, one a second.
pub(crate) const TICKS: usize = 900;
/// What they may take together: enough for 15 minutes of 600 names that are all busy each second, some 50 bytes each. With
/// more, the history is shorter.
const MOST_BYTES: usize = 32 << 20;

/// Ticks whose sums are kept too, so that a window adds up ten times fewer.
const BLOCK: u64 = 10;

/// What was new in each of the last seconds.
#[derive(Debug, Default)]
pub(crate) struct History {
    ticks: VecDeque<Tick>,
    /// Sums of the ticks `n * BLOCK .. (n + 1) * BLOCK`, as long as all of these are kept.
    blocks: VecDeque<Changes>,
    bytes: usize,
    /// Of all ticks there ever were.
    count: u64,
    /// Totals at the last tick, by series.
    last: Vec<Totals>,
    groups: Groups,
    /// Of the tick that is being read.
    next: Changes,
}

/// One second, or as long as it took.
#[derive(Debug)]
struct Tick {
    took: Duration,
    changes: Changes,
    /// The sums of the changes by group.
    groups: Changes,
    runtimes: Vec<RuntimeSnapshot>,
}

impl Tick {
    fn bytes(&self) -> usize {
        self.changes.bytes() + self.groups.bytes()
    }
}

/// What is counted of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) spawned: u64,
    /// In the order of [`State::ALL`].
    pub(crate) ended: [u64; 4],
    pub(crate) slow: u64,
}

impl Totals {
    pub(crate) fn all_ended(&self) -> u64 {
        self.ended.iter().sum()
    }

    pub(crate) fn timeouts(&self) -> u64 {
        let is_timeout = |(state, _): &(&State, &u64)| **state == State::Timeout;
        State::ALL.iter().zip(&self.ended).find(is_timeout).map_or(0, |(_, ended)| *ended)
    }

    fn since(&self, before: &Self) -> Self {
        let ended = std::array::from_fn(|state| self.ended[state] - before.ended[state]);
        Self { spawned: self.spawned - before.spawned, ended, slow: self.slow - before.slow }
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.spawned += more.spawned;
        self.slow += more.slow;
        self.ended.iter_mut().zip(more.ended).for_each(|(ended, more)| *ended += more);
    }
}

impl History {
    /// What there is of a series at the end of a second, and what of its durations is new. Series come in their order.
    pub(crate) fn add(&mut self, number: usize, series: &SeriesSnapshot, news: &[HistogramDelta]) {
        self.last.resize_with(self.last.len().max(number + 1), Totals::default);
        let ended = State::ALL.map(|state| series.ended_as(state));
        let now = Totals { spawned: series.spawned, ended, slow: series.slow_polls };
        let totals = now.since(&mem::replace(&mut self.last[number], now));
        let mut change = Change { series: number, totals, ..Change::default() };
        for new in news {
            change.durations[measure(new.measure)].record(&new.values);
        }
        self.groups.add(&series.key, &change);
        self.next.push(&change);
    }

    /// The second is over.
    pub(crate) fn finish(&mut self, took: Duration, runtimes: &[RuntimeSnapshot]) {
        let mut changes = mem::take(&mut self.next);
        changes.finish();
        let groups = self.groups.finish();
        let tick = Tick { took, changes, groups, runtimes: runtimes.to_vec() };
        self.bytes += tick.bytes();
        self.ticks.push_back(tick);
        self.count += 1;
        if self.count.is_multiple_of(BLOCK) {
            self.add_block();
        }
        while self.ticks.len() > TICKS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.ticks.pop_front() else { break };
            self.bytes -= oldest.bytes();
            if self.first().is_multiple_of(BLOCK) {
                // Only now: as long as one of its ticks is kept, it takes a place in the order of blocks.
                self.bytes -= self.blocks.pop_front().map_or(0, |block| block.bytes());
            }
        }
    }

    /// The last ticks make a block.
    fn add_block(&mut self) {
        let mut sums = vec![Change::default(); self.last.len()];
        sums.iter_mut().enumerate().for_each(|(series, change)| change.series = series);
        let first = self.ticks.len().saturating_sub(index(BLOCK));
        self.ticks.range(first..).for_each(|tick| tick.changes.read(&mut sums));
        let block = Changes::of(&sums);
        self.bytes += block.bytes();
        self.blocks.push_back(block);
    }

    /// The number of the oldest tick.
    fn first(&self) -> u64 {
        self.count - self.ticks.len() as u64
    }

    /// The block that begins with this tick, if all of it is kept.
    fn block_at(&self, tick: u64) -> Option<&Changes> {
        let is_whole = tick.is_multiple_of(BLOCK) && tick + BLOCK <= self.count;
        let at = (tick / BLOCK).checked_sub(self.first() / BLOCK).filter(|_| is_whole)?;
        self.blocks.get(index(at))
    }

    /// How many ticks there ever were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The last `ticks` of it, with about `points` points to plot.
    pub(crate) fn window(&self, ticks: usize, points: usize) -> Window {
        self.window_of(None, ticks, points)
    }

    /// As [`window`](Self::window), with all of each point of one series, and of no other.
    pub(crate) fn window_of(&self, series: Option<usize>, ticks: usize, points: usize) -> Window {
        let (first, numbers) = self.range(ticks);
        let mut window = Window::new(&self.last, numbers.clone(), points);
        if let Some(series) = series {
            window.only(series);
        }
        let mut number = numbers.start;
        while number < numbers.end {
            let block = self.block_at(number).filter(|_| window.step.is_multiple_of(BLOCK));
            if let Some(block) = block {
                window.add(number, block);
                number += BLOCK;
            } else {
                window.add(number, &self.ticks[index(number - self.first())].changes);
                number += 1;
            }
        }
        self.finish_window(window, first, &self.last)
    }

    /// As [`window`](Self::window), with the sums of all series of a [group](Self::group) in place of a series.
    pub(crate) fn window_of_groups(&self, ticks: usize, points: usize) -> Window {
        let (first, numbers) = self.range(ticks);
        let mut window = Window::new(self.groups.last(), numbers.clone(), points);
        for (number, tick) in numbers.zip(self.ticks.range(first..)) {
            window.add(number, &tick.groups);
        }
        self.finish_window(window, first, self.groups.last())
    }

    /// Which one a series belongs to.
    pub(crate) fn group(&self, runtime: &str, is_blocking: bool) -> Option<usize> {
        self.groups.find(runtime, is_blocking)
    }

    /// Where the last ticks begin, and their numbers.
    fn range(&self, ticks: usize) -> (usize, Range<u64>) {
        let first = self.ticks.len().saturating_sub(ticks);
        (first, self.first() + first as u64..self.count)
    }

    fn finish_window(&self, mut window: Window, first: usize, last: &[Totals]) -> Window {
        for (number, tick) in (self.first() + first as u64..).zip(self.ticks.range(first..)) {
            window.add_time(number, tick);
        }
        window.finish(last);
        window
    }
}

#[expect(clippy::cast_possible_truncation, reason = "counts ticks that are kept")]
fn index(number: u64) -> usize {
    number as usize
}

/// Which of a series' three durations, as [`Change::durations`] has them.
fn measure(measure: Measure) -> usize {
    match measure {
        Measure::Process(_) => 0,
        Measure::Schedule => 1,
        Measure::Poll => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_hooks_core::{Cursor, Kind, Outcome, Recorder};

    const SECOND: Duration = Duration::from_secs(1);

    fn push(history: &mut History, cursor: &mut Cursor) {
        let mut number = 0;
        let runtimes = cursor.drain_each(|series, news| {
            history.add(number, &series, &news);
            number += 1;
        });
        history.finish(SECOND, &runtimes);
    }

    fn ended(recorder: &Recorder, name: &'static str, outcome: Outcome, millis: u64) {
        let took = Duration::from_millis(millis);
        recorder.record(Kind::Coroutine, name, "tokio", outcome, took);
    }

    #[test]
    fn a_window_has_what_was_new_in_it() {
        let (recorder, mut history) = (Recorder::new(), History::default());
        let mut cursor = recorder.cursor();
        let mut tick = |history: &mut History| push(history, &mut cursor);
        ended(&recorder, "a", Outcome::FINISHED, 100);
        tick(&mut history);
        ended(&recorder, "a", Outcome::FINISHED, 3);
        ended(&recorder, "b", Outcome::PANIC, 5);
        tick(&mut history);
        tick(&mut history);

        let all = history.window(TICKS, 60);
        assert_eq!((all.seconds, all.series.len()), (3.0, 2));
        let a = &all.series[0];
        assert_eq!((a.totals.spawned, a.totals.ended), (2, [2, 0, 0, 0]));
        assert_eq!(a.durations[0].count(), 2);
        assert_eq!(a.durations[0].max(), Some(0.1));
        assert_eq!(a.spawned, [1, 1, 0]);
        assert_eq!(all.series[1].totals.ended, [0, 0, 0, 1]);
        assert_eq!(all.series[1].spawned, [0, 1, 0]);

        let last = history.window(2, 60);
        assert_eq!(last.series[0].totals.spawned, 1);
        assert_eq!(last.series[0].durations[0].max(), Some(0.003));
    }

    #[test]
    fn active_is_known_for_each_point_also_from_before_the_window() {
        use runtime_hooks_conformance::reference::ReferenceRuntime;
        use runtime_hooks_core::{Config, Instrumentor, RuntimeHooksExt};

        let instrumentor = Instrumentor::installed(Config::new());
        let reference = ReferenceRuntime::new();
        let runtime = reference.handle().with_instrumentor(instrumentor.clone());
        let (mut cursor, mut history) = (instrumentor.recorder().cursor(), History::default());
        let mut tasks = Vec::new();
        for step in 0..6 {
            match step {
                1..=3 => {
                    tasks.push(runtime.named("waits").instrument(std::future::pending::<()>()));
                }
                5 => tasks.clear(),
                _ => {}
            }
            push(&mut history, &mut cursor);
        }
        assert_eq!(history.window(TICKS, 60).series[0].active, [0, 1, 2, 3, 3, 0]);
        assert_eq!(history.window(3, 60).series[0].active, [3, 3, 0]);
        // Points of five seconds each: the last one of each.
        assert_eq!(history.window(TICKS, 2).series[0].active, [3, 0]);
    }

    #[test]
    fn it_is_bounded_in_time() {
        let (recorder, mut history) = (Recorder::new(), History::default());
        let mut cursor = recorder.cursor();
        for _ in 0..TICKS + 10 {
            ended(&recorder, "a", Outcome::FINISHED, 1);
            push(&mut history, &mut cursor);
        }
        assert_eq!((history.ticks.len(), history.count()), (TICKS, TICKS as u64 + 10));
        let all = history.window(usize::MAX, 60);
        assert_eq!(all.series[0].totals.spawned, TICKS as u64);
        let bytes = history.ticks.iter().map(Tick::bytes).sum::<usize>();
        let blocks = history.blocks.iter().map(Changes::bytes).sum::<usize>();
        assert_eq!((history.bytes, history.blocks.len()), (bytes + blocks, TICKS / 10));
        assert!(history.bytes < 40 * TICKS, "{} bytes", history.bytes);
    }

    #[test]
    fn blocks_and_groups_add_up_to_what_the_ticks_do() {
        let (recorder, mut history) = (Recorder::new(), History::default());
        let mut cursor = recorder.cursor();
        for tick in 0..933_u64 {
            for (name, runtime) in [("a", "tokio"), ("b", "tokio"), ("c", "smol")] {
                let took = Duration::from_micros(1 << (tick % 20));
                if tick % (2 + name.len() as u64 + runtime.len() as u64) < 3 {
                    recorder.record(Kind::Coroutine, name, runtime, Outcome::FINISHED, took);
                }
            }
            ended(&recorder, "late", Outcome::PANIC, tick);
            push(&mut history, &mut cursor);
        }
        for ticks in [1, 9, 10, 17, 60, 225, 449, 899, 900] {
            // Points of one tick are added up from ticks, those of 20 from blocks.
            let (fine, coarse) = (history.window(ticks, 900), history.window(ticks, 45));
            let groups = history.window_of_groups(ticks, 45);
            for (fine, coarse) in fine.series.iter().zip(&coarse.series) {
                assert_eq!((fine.totals, &fine.durations), (coarse.totals, &coarse.durations));
                assert_eq!(fine.spawned.iter().sum::<u64>(), fine.totals.spawned);
                assert_eq!(coarse.spawned.iter().sum::<u64>(), fine.totals.spawned);
            }
            for (index, series) in coarse.series.iter().enumerate() {
                let one = &history.window_of(Some(index), ticks, 45).series[index];
                assert_eq!(one.durations, series.durations);
                assert_eq!((&one.spawned, &one.active), (&series.spawned, &series.active));
                let ended = one.points.iter().map(|point| point.ended);
                let ended =
                    ended.fold([0; 4], |sum, one| std::array::from_fn(|at| sum[at] + one[at]));
                assert_eq!(ended, series.totals.ended);
            }
            let tokio = history.group("tokio", false).unwrap();
            let mut sum = Totals::default();
            for (series, window) in
                history.last.iter().zip(&coarse.series).map(|(_, w)| w).enumerate()
            {
                if history.groups.of(series) == tokio {
                    sum.add(&window.totals);
                }
            }
            assert_eq!(groups.series[tokio].totals, sum);
            assert_eq!(groups.lengths, coarse.lengths);
        }
    }
}
