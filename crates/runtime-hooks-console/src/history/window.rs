//! A stretch of the history: totals, distributions, and points to plot.

use std::mem;
use std::ops::Range;
use std::time::Duration;

use runtime_hooks_core::RuntimeSnapshot;

use super::codec::{Changes, Sums};
use super::{Buckets, Tick, Totals};

/// What happened in the last so many seconds.
#[derive(Debug)]
pub(crate) struct Window {
    /// How long it was.
    pub(crate) seconds: f64,
    /// How long each point is, in ticks.
    pub(crate) step: u64,
    /// How long each point was, in seconds.
    pub(crate) lengths: Vec<f64>,
    /// By number of the series.
    pub(crate) series: Vec<SeriesWindow>,
    pub(crate) runtimes: Vec<RuntimeWindow>,
    /// The number of the first point, and of the first tick: point 0 holds ticks `0 .. step`.
    first_point: u64,
    /// The one series that is added up, if not all are.
    only: Option<usize>,
}

/// One series' part in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeriesWindow {
    pub(crate) totals: Totals,
    /// Process, schedule and poll.
    pub(crate) durations: [Buckets; 3],
    /// Spawned, a number a point.
    pub(crate) spawned: Vec<u64>,
    /// Active at the end of each point.
    pub(crate) active: Vec<u64>,
    /// What else there is of each point; only where it was asked for.
    pub(crate) points: Vec<Point>,
}

/// One point of one series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Point {
    /// By state.
    pub(crate) ended: [u64; 4],
    /// Process, schedule and poll.
    pub(crate) durations: [Buckets; 3],
}

/// One runtime's part.
#[derive(Clone, Debug)]
pub(crate) struct RuntimeWindow {
    pub(crate) name: &'static str,
    /// The gauges at its end.
    pub(crate) last: RuntimeSnapshot,
    /// How long all workers together were busy, and how long they could have been.
    pub(crate) busy: Duration,
    pub(crate) capacity: Duration,
    before: Option<Duration>,
}

impl RuntimeWindow {
    /// Workers that were busy, on average; `None` where the runtime cannot tell.
    pub(crate) fn workers_busy(&self) -> Option<f64> {
        let workers = self.last.gauges.workers.len() as f64;
        let share = self.busy.as_secs_f64() / self.capacity.as_secs_f64();
        (workers > 0.0 && share.is_finite()).then(|| (share * workers).min(workers))
    }
}

impl Window {
    /// Of these ticks; `points` is how many points there should be at most, about.
    pub(super) fn new(series: &[Totals], ticks: Range<u64>, points: usize) -> Self {
        let step = step((ticks.end - ticks.start).div_ceil(points.max(1) as u64));
        // Points start at multiples of a step, so that a plot moves on without flickering.
        let first_point = ticks.start / step;
        let count = ticks.end.div_ceil(step).saturating_sub(first_point);
        let count = usize::try_from(count).unwrap_or(0);
        let empty = SeriesWindow {
            spawned: vec![0; count],
            active: vec![0; count],
            ..SeriesWindow::default()
        };
        Self {
            seconds: 0.0,
            step,
            lengths: vec![0.0; count],
            series: vec![empty; series.len()],
            runtimes: Vec::new(),
            first_point,
            only: None,
        }
    }

    /// Adds up one series alone, and keeps all of each of its points.
    pub(super) fn only(&mut self, series: usize) {
        let points = self.lengths.len();
        self.only = Some(series);
        if let Some(series) = self.series.get_mut(series) {
            series.points = vec![Point::default(); points];
        }
    }

    /// What changed from this tick on, all of it within one point.
    pub(super) fn add(&mut self, number: u64, changes: &Changes) {
        let point = self.point(number);
        changes.read(&mut AtPoint { point, only: self.only, series: &mut self.series });
    }

    fn point(&self, number: u64) -> usize {
        usize::try_from(number / self.step - self.first_point).unwrap_or(0)
    }

    /// How long a tick took, and what the runtimes said of themselves.
    pub(super) fn add_time(&mut self, number: u64, tick: &Tick) {
        let seconds = tick.took.as_secs_f64();
        let point = self.point(number);
        self.seconds += seconds;
        self.lengths[point] += seconds;
        for runtime in &tick.runtimes {
            self.add_runtime(tick.took, runtime);
        }
    }

    fn add_runtime(&mut self, took: Duration, runtime: &RuntimeSnapshot) {
        let busy = runtime.gauges.workers.iter().map(|worker| worker.busy).sum::<Duration>();
        let workers = u32::try_from(runtime.gauges.workers.len()).unwrap_or(u32::MAX);
        match self.runtimes.iter_mut().find(|known| known.name == runtime.name) {
            Some(known) => {
                if let Some(before) = known.before {
                    known.busy += busy.saturating_sub(before);
                    known.capacity += took * workers;
                }
                known.before = Some(busy);
                known.last = runtime.clone();
            }
            None => self.runtimes.push(RuntimeWindow {
                name: runtime.name,
                last: runtime.clone(),
                busy: Duration::ZERO,
                capacity: Duration::ZERO,
                before: Some(busy),
            }),
        }
    }

    /// How many were active at each point follows from how many are now, backwards.
    pub(super) fn finish(&mut self, now: &[Totals]) {
        for (series, now) in self.series.iter_mut().zip(now) {
            let all = series.durations.iter_mut().enumerate();
            let points = &series.points;
            all.for_each(|(at, all)| points.iter().for_each(|p| all.merge(&p.durations[at])));
            let mut active = now.spawned - now.all_ended();
            for point in (0..series.active.len()).rev() {
                let ended = mem::replace(&mut series.active[point], active);
                active = (active + ended).saturating_sub(series.spawned[point]);
            }
        }
    }
}

/// One point of all series.
struct AtPoint<'w> {
    point: usize,
    only: Option<usize>,
    series: &'w mut [SeriesWindow],
}

impl Sums for AtPoint<'_> {
    fn add(&mut self, series: usize, totals: &Totals) -> Option<&mut [Buckets; 3]> {
        if self.only.is_some_and(|only| only != series) {
            return None;
        }
        let series = self.series.get_mut(series)?;
        series.totals.add(totals);
        series.spawned[self.point] += totals.spawned;
        // What ended, until `finish` makes of it what is active.
        series.active[self.point] += totals.all_ended();
        let Some(point) = series.points.get_mut(self.point) else {
            return Some(&mut series.durations);
        };
        let ended = point.ended.iter_mut().zip(totals.ended);
        ended.for_each(|(ended, more)| *ended += more);
        Some(&mut point.durations)
    }
}

/// How many ticks a point has, at least so many: round numbers, and from 10 on those that blocks add up to.
fn step(least: u64) -> u64 {
    match least {
        0..=2 => least.max(1),
        3..=5 => 5,
        _ => least.next_multiple_of(10),
    }
}
