//! The last 15 minutes, second by second: what was new of each series.

mod totals;
mod buckets;
mod codec;
mod groups;
mod window;
mod ring;

use std::mem;
use std::time::Duration;

use runtime_hooks_recorder::{HistogramDelta, Measure, RuntimeSnapshot, SeriesSnapshot, State};

pub(crate) use self::buckets::{Buckets, bounds};
pub(crate) use self::ring::TICKS;
pub(crate) use self::totals::Totals;
pub(crate) use self::window::{SeriesWindow, Window};

use self::codec::{Change, Changes};
use self::groups::Groups;
use self::ring::{BLOCK, Ring, Tick};

/// The last ticks, and totals up to now.
#[derive(Debug, Default)]
pub(crate) struct History {
    ring: Ring,
    /// Totals at the last tick, by series.
    last: Vec<Totals>,
    groups: Groups,
    /// The changes of the tick that is being read.
    next: Changes,
}

impl History {
    /// Adds what is new of a series at the end of a second. Series come in their order.
    pub(crate) fn add(&mut self, number: usize, series: &SeriesSnapshot, new: &[HistogramDelta]) {
        self.last.resize_with(self.last.len().max(number + 1), Totals::default);
        let ended = [State::Finished, State::Cancelled, State::Timeout, State::Exception]
            .map(|state| series.ended_as(state));
        let (slow, stalls) = (series.slow_polls, series.stalls);
        let now = Totals { spawned: series.spawned, ended, slow, stalls };
        let totals = now.since(&mem::replace(&mut self.last[number], now));
        let mut change = Change { series: number, totals, ..Change::default() };
        for new in new {
            change.durations[measure(new.measure)].record(&new.values);
        }
        self.groups.add(&series.key, &change);
        self.next.push(&change);
    }

    /// Ends the second, which took this long. `is_lacking` if the process had too few processors in it.
    pub(crate) fn finish(
        &mut self,
        took: Duration,
        is_lacking: bool,
        runtimes: &[RuntimeSnapshot],
    ) {
        let mut changes = mem::take(&mut self.next);
        changes.finish();
        let groups = self.groups.finish();
        let tick = Tick { took, is_lacking, changes, groups, runtimes: runtimes.to_vec() };
        self.ring.push(tick, self.last.len());
    }

    /// The number of all ticks so far.
    pub(crate) fn count(&self) -> u64 {
        self.ring.count()
    }

    /// The last `ticks`, with about `points` points to plot.
    pub(crate) fn window(&self, ticks: usize, points: usize) -> Window {
        self.window_of(None, ticks, points)
    }

    /// The last `ticks` as one point. Of seconds in which processors were lacking, slow polls and durations are left out: a
    /// poll that was not run takes long, too.
    pub(crate) fn window_without_lack(&self, ticks: usize) -> Window {
        let numbers = self.ring.last(ticks);
        if !self.ring.range(numbers.clone()).any(|(_, tick)| tick.is_lacking) {
            return self.window(ticks, 1);
        }
        let mut window = Window::new(&self.last, numbers.clone(), 1);
        for (number, tick) in self.ring.range(numbers) {
            if tick.is_lacking {
                window.add_counts(number, &tick.changes);
            } else {
                window.add(number, &tick.changes);
            }
        }
        self.finish_window(window, ticks, &self.last)
    }

    /// Whether processors were lacking in the last second.
    pub(crate) fn is_lacking(&self) -> bool {
        self.ring.range(self.ring.last(1)).any(|(_, tick)| tick.is_lacking)
    }

    /// Like [`window`](Self::window), with the distributions of each point of one series, and without all others.
    pub(crate) fn window_of(&self, series: Option<usize>, ticks: usize, points: usize) -> Window {
        let numbers = self.ring.last(ticks);
        let mut window = Window::new(&self.last, numbers.clone(), points);
        if let Some(series) = series {
            window.only(series);
        }
        let mut number = numbers.start;
        while number < numbers.end {
            let block = self.ring.block_at(number).filter(|_| window.step.is_multiple_of(BLOCK));
            if let Some(block) = block {
                window.add(number, block);
                number += BLOCK;
            } else {
                window.add(number, &self.ring.tick(number).changes);
                number += 1;
            }
        }
        self.finish_window(window, ticks, &self.last)
    }

    /// Like [`window`](Self::window), with the sums of each [group](Self::group) in place of series.
    pub(crate) fn window_of_groups(&self, ticks: usize, points: usize) -> Window {
        let numbers = self.ring.last(ticks);
        let mut window = Window::new(self.groups.last(), numbers.clone(), points);
        for (number, tick) in self.ring.range(numbers) {
            window.add(number, &tick.groups);
        }
        self.finish_window(window, ticks, self.groups.last())
    }

    /// The number of a runtime's group: of its blocking closures, or of its other series.
    pub(crate) fn group(&self, runtime: &str, is_blocking: bool) -> Option<usize> {
        self.groups.find(runtime, is_blocking)
    }

    fn finish_window(&self, mut window: Window, ticks: usize, last: &[Totals]) -> Window {
        for (number, tick) in self.ring.range(self.ring.last(ticks)) {
            window.add_time(number, tick.took, &tick.runtimes);
        }
        window.finish(last);
        window
    }
}

/// The index in [`Change::durations`].
fn measure(measure: Measure) -> usize {
    match measure {
        Measure::Duration(_) => 0,
        Measure::Schedule => 1,
        Measure::Poll => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_hooks_recorder::{Cursor, Kind, Outcome, Recorder};

    const SECOND: Duration = Duration::from_secs(1);

    fn push(history: &mut History, cursor: &mut Cursor) {
        let mut number = 0;
        let runtimes = cursor.drain_each(|series, news| {
            history.add(number, &series, &news);
            number += 1;
        });
        history.finish(SECOND, false, &runtimes);
    }

    fn ended(recorder: &Recorder, name: &'static str, outcome: Outcome, millis: u64) {
        let took = Duration::from_millis(millis);
        recorder.record(Kind::Coroutine, name, "tokio", outcome, took);
    }

    #[test]
    fn durations_of_seconds_without_processors_are_left_out() {
        let recorder = Recorder::new();
        let (mut history, mut cursor) = (History::default(), recorder.cursor());
        for is_lacking in [false, true, false] {
            ended(&recorder, "a", Outcome::FINISHED, 20);
            let mut number = 0;
            let runtimes = cursor.drain_each(|series, news| {
                history.add(number, &series, &news);
                number += 1;
            });
            history.finish(SECOND, is_lacking, &runtimes);
            assert_eq!(history.is_lacking(), is_lacking);
        }
        let all = |window: Window| {
            let series = &window.series[0];
            (series.totals.spawned, series.durations[0].count())
        };
        assert_eq!(all(history.window(60, 1)), (3, 3));
        assert_eq!(all(history.window_without_lack(60)), (3, 2));
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
    fn active_counts_tasks_from_before_the_window() {
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
        // Points of five seconds: the last value of each.
        assert_eq!(history.window(TICKS, 2).series[0].active, [3, 0]);
    }

    #[test]
    fn the_history_is_bounded_in_time() {
        let (recorder, mut history) = (Recorder::new(), History::default());
        let mut cursor = recorder.cursor();
        for _ in 0..TICKS + 10 {
            ended(&recorder, "a", Outcome::FINISHED, 1);
            push(&mut history, &mut cursor);
        }
        assert_eq!((history.ring.ticks.len(), history.count()), (TICKS, TICKS as u64 + 10));
        let all = history.window(usize::MAX, 60);
        assert_eq!(all.series[0].totals.spawned, TICKS as u64);
        let bytes = history.ring.ticks.iter().map(|tick| tick.bytes()).sum::<usize>();
        let blocks = history.ring.blocks.iter().map(|block| block.bytes()).sum::<usize>();
        assert_eq!((history.ring.bytes, history.ring.blocks.len()), (bytes + blocks, TICKS / 10));
        assert!(history.ring.bytes < 40 * TICKS, "{} bytes", history.ring.bytes);
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
