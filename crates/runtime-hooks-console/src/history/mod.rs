//! The last 15 minutes, second by second: a ring that is bounded in time and in bytes.

mod buckets;
mod codec;
mod window;

use std::collections::VecDeque;
use std::time::Duration;

use runtime_hooks_core::{Measure, News, RuntimeSnapshot, Snapshot, State};

pub(crate) use self::buckets::{Buckets, bounds};
pub(crate) use self::window::{SeriesWindow, Window};

use self::codec::{Change, Changes};

/// As many ticks as are kept, one a second.
pub(crate) const TICKS: usize = 900;
/// What they may take together: enough for 15 minutes of a thousand names that are all busy all the time.
const MOST_BYTES: usize = 64 << 20;

/// What was new in each of the last seconds.
#[derive(Debug, Default)]
pub(crate) struct History {
    ticks: VecDeque<Tick>,
    bytes: usize,
    /// Of all ticks there ever were.
    count: u64,
    /// Totals at the last tick, by series.
    last: Vec<Totals>,
}

/// One second, or as long as it took.
#[derive(Debug)]
struct Tick {
    took: Duration,
    changes: Changes,
    runtimes: Vec<RuntimeSnapshot>,
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
    /// A second is over: what there is now, and what of its durations is new.
    pub(crate) fn push(&mut self, took: Duration, snapshot: &Snapshot, news: &[News]) {
        let mut changes = Changes::default();
        let mut news = news.iter().peekable();
        self.last.resize_with(snapshot.series.len(), Totals::default);
        for (index, (series, last)) in snapshot.series.iter().zip(&mut self.last).enumerate() {
            let ended = State::ALL.map(|state| series.ended_as(state));
            let now = Totals { spawned: series.spawned, ended, slow: series.slow_polls };
            let mut change = Change { series: index, totals: now.since(last), ..Change::default() };
            *last = now;
            while let Some(new) = news.next_if(|new| new.series == index) {
                change.durations[measure(new.measure)].record(&new.values);
            }
            changes.push(&change);
        }
        changes.finish();
        self.bytes += changes.bytes();
        self.ticks.push_back(Tick { took, changes, runtimes: snapshot.runtimes.clone() });
        self.count += 1;
        while self.ticks.len() > TICKS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.ticks.pop_front() else { break };
            self.bytes -= oldest.changes.bytes();
        }
    }

    /// How many ticks there ever were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The last `ticks` of it, with about `points` points to plot.
    pub(crate) fn window(&self, ticks: usize, points: usize) -> Window {
        self.window_of(None, ticks, points)
    }

    /// As [`window`](Self::window), with the durations of each point of one series.
    pub(crate) fn window_of(&self, series: Option<usize>, ticks: usize, points: usize) -> Window {
        let first = self.ticks.len().saturating_sub(ticks);
        let first_number = self.count - self.ticks.len() as u64 + first as u64;
        let mut window = Window::new(&self.last, first_number, self.count, points);
        if let Some(series) = series {
            window.heat_of(series);
        }
        for (number, tick) in (first_number..).zip(self.ticks.range(first..)) {
            window.add(number, tick);
        }
        window.finish(&self.last);
        window
    }
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
    use runtime_hooks_core::{Kind, Outcome, Recorder};

    const SECOND: Duration = Duration::from_secs(1);

    fn ended(recorder: &Recorder, name: &'static str, outcome: Outcome, millis: u64) {
        let took = Duration::from_millis(millis);
        recorder.record(Kind::Coroutine, name, "tokio", outcome, took);
    }

    #[test]
    fn a_window_has_what_was_new_in_it() {
        let (recorder, mut history) = (Recorder::new(), History::default());
        let mut cursor = recorder.cursor();
        let mut tick = |history: &mut History| {
            let (snapshot, news) = cursor.drain();
            history.push(SECOND, &snapshot, &news);
        };
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
        let runtime = reference.handle().observed_by(instrumentor.clone());
        let (mut cursor, mut history) = (instrumentor.recorder().cursor(), History::default());
        let mut tasks = Vec::new();
        for step in 0..6 {
            match step {
                1..=3 => tasks.push(runtime.task("waits").instrument(std::future::pending::<()>())),
                5 => tasks.clear(),
                _ => {}
            }
            let (snapshot, news) = cursor.drain();
            history.push(SECOND, &snapshot, &news);
        }
        assert_eq!(history.window(TICKS, 60).series[0].active, [0, 1, 2, 3, 3, 0]);
        assert_eq!(history.window(3, 60).series[0].active, [3, 3, 0]);
        // Points of three seconds each: the last one of each.
        assert_eq!(history.window(TICKS, 2).series[0].active, [2, 0]);
    }

    #[test]
    fn it_is_bounded_in_time() {
        let (recorder, mut history) = (Recorder::new(), History::default());
        let mut cursor = recorder.cursor();
        for _ in 0..TICKS + 10 {
            ended(&recorder, "a", Outcome::FINISHED, 1);
            let (snapshot, news) = cursor.drain();
            history.push(SECOND, &snapshot, &news);
        }
        assert_eq!((history.ticks.len(), history.count()), (TICKS, TICKS as u64 + 10));
        let all = history.window(usize::MAX, 60);
        assert_eq!(all.series[0].totals.spawned, TICKS as u64);
        let bytes = history.ticks.iter().map(|tick| tick.changes.bytes()).sum::<usize>();
        assert_eq!(history.bytes, bytes);
        assert!(history.bytes < 20 * TICKS, "{} bytes", history.bytes);
    }
}
