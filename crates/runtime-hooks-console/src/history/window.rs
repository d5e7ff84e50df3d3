//! A range of the history: totals, distributions, and points to plot.

use std::mem;
use std::ops::Range;
use std::time::Duration;

use runtime_hooks_recorder::RuntimeSnapshot;

use super::buckets::Buckets;
use super::codec::{Changes, Sums};
use super::totals::Totals;

/// What happened in the range.
#[derive(Debug)]
pub(crate) struct Window {
    /// Its length.
    pub(crate) seconds: f64,
    /// The length of a point, in ticks.
    pub(crate) step: u64,
    /// The length of each point, in seconds.
    pub(crate) lengths: Vec<f64>,
    /// By number of the series.
    pub(crate) series: Vec<SeriesWindow>,
    pub(crate) runtimes: Vec<RuntimeWindow>,
    /// The number of the first point, and of the first tick: point 0 holds ticks `0 .. step`.
    first_point: u64,
    /// The only series that is added up; `None` for all.
    only: Option<usize>,
}

/// One series in the range.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeriesWindow {
    pub(crate) totals: Totals,
    /// Task, schedule delay and poll.
    pub(crate) durations: [Buckets; 3],
    /// Tasks spawned in each point.
    pub(crate) spawned: Vec<u64>,
    /// Tasks active at the end of each point.
    pub(crate) active: Vec<u64>,
    /// The rest of each point, only of the series of [`Window::only`].
    pub(crate) points: Vec<Point>,
}

/// One point of one series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Point {
    /// By state.
    pub(crate) ended: [u64; 4],
    /// Task, schedule delay and poll.
    pub(crate) durations: [Buckets; 3],
}

/// One runtime in the range.
#[derive(Clone, Debug)]
pub(crate) struct RuntimeWindow {
    pub(crate) name: &'static str,
    /// The gauges at the end of the range.
    pub(crate) last: RuntimeSnapshot,
    /// The busy time of all workers together, and the time that they had.
    pub(crate) busy: Duration,
    pub(crate) capacity: Duration,
    before: Option<Duration>,
}

impl RuntimeWindow {
    /// The average number of busy workers; `None` if the runtime does not report it.
    pub(crate) fn workers_busy(&self) -> Option<f64> {
        let workers = self.last.worker_count as f64;
        let share = self.busy.as_secs_f64() / self.capacity.as_secs_f64();
        (workers > 0.0 && share.is_finite()).then(|| (share * workers).min(workers))
    }
}

impl Window {
    /// An empty window of these ticks, with about `points` points.
    pub(super) fn new(series: &[Totals], ticks: Range<u64>, points: usize) -> Self {
        let step = step((ticks.end - ticks.start).div_ceil(points.max(1) as u64));
        // Points start at multiples of a step, so that their values do not change when the range moves on.
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

    /// Adds up only this series, with the distributions of each point.
    pub(super) fn only(&mut self, series: usize) {
        let points = self.lengths.len();
        self.only = Some(series);
        if let Some(series) = self.series.get_mut(series) {
            series.points = vec![Point::default(); points];
        }
    }

    /// Adds the changes of one point, from this tick on.
    pub(super) fn add(&mut self, number: u64, changes: &Changes) {
        let point = self.point(number);
        let (only, series) = (self.only, &mut self.series);
        changes.read(&mut PointSums { point, only, only_counts: false, series });
    }

    /// As [`add`](Self::add), without slow polls and durations.
    pub(super) fn add_counts(&mut self, number: u64, changes: &Changes) {
        let point = self.point(number);
        let (only, series) = (self.only, &mut self.series);
        changes.read(&mut PointSums { point, only, only_counts: true, series });
    }

    fn point(&self, number: u64) -> usize {
        usize::try_from(number / self.step - self.first_point).unwrap_or(0)
    }

    /// Adds the length of a tick, and the runtimes' gauges at its end.
    pub(super) fn add_time(&mut self, number: u64, took: Duration, runtimes: &[RuntimeSnapshot]) {
        let seconds = took.as_secs_f64();
        let point = self.point(number);
        self.seconds += seconds;
        self.lengths[point] += seconds;
        for runtime in runtimes {
            self.add_runtime(took, runtime);
        }
    }

    fn add_runtime(&mut self, took: Duration, runtime: &RuntimeSnapshot) {
        let busy = runtime.gauges.workers.iter().map(|worker| worker.busy).sum::<Duration>();
        let workers = u32::try_from(runtime.worker_count).unwrap_or(u32::MAX);
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

    /// Computes the active tasks of each point, backwards from those that are active now.
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

/// Adds changes to one point of all series.
struct PointSums<'w> {
    point: usize,
    only: Option<usize>,
    only_counts: bool,
    series: &'w mut [SeriesWindow],
}

impl Sums for PointSums<'_> {
    fn add(&mut self, series: usize, totals: &Totals) -> Option<&mut [Buckets; 3]> {
        if self.only.is_some_and(|only| only != series) {
            return None;
        }
        let series = self.series.get_mut(series)?;
        let slow = if self.only_counts { 0 } else { totals.slow };
        series.totals.add(&Totals { slow, ..*totals });
        series.spawned[self.point] += totals.spawned;
        // Ended tasks, which `finish` replaces with active ones.
        series.active[self.point] += totals.all_ended();
        if self.only_counts {
            return None;
        }
        let Some(point) = series.points.get_mut(self.point) else {
            return Some(&mut series.durations);
        };
        let ended = point.ended.iter_mut().zip(totals.ended);
        ended.for_each(|(ended, more)| *ended += more);
        Some(&mut point.durations)
    }
}

/// The number of ticks in a point, at least this many: a round number, and from 10 on a multiple of a block.
fn step(least: u64) -> u64 {
    match least {
        0..=2 => least.max(1),
        3..=5 => 5,
        _ => least.next_multiple_of(10),
    }
}
