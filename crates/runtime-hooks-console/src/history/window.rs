//! A stretch of the history: totals, distributions, and points to plot.

use std::time::Duration;

use runtime_hooks_core::RuntimeSnapshot;

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
    /// Ended by state, a number a point.
    pub(crate) ended: Vec<[u64; 4]>,
    /// The three durations of each point; only where they were asked for.
    pub(crate) heat: Vec<[Buckets; 3]>,
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
    /// Of the ticks `first .. end`; `points` is how many points there should be at most, about.
    pub(super) fn new(series: &[Totals], first: u64, end: u64, points: usize) -> Self {
        let step = (end - first).div_ceil(points.max(1) as u64).max(1);
        // Points start at multiples of a step, so that a plot moves on without flickering.
        let first_point = first / step;
        let count = end.div_ceil(step).saturating_sub(first_point);
        let count = usize::try_from(count).unwrap_or(0);
        let empty = SeriesWindow {
            spawned: vec![0; count],
            active: vec![0; count],
            ended: vec![[0; 4]; count],
            ..SeriesWindow::default()
        };
        Self {
            seconds: 0.0,
            step,
            lengths: vec![0.0; count],
            series: vec![empty; series.len()],
            runtimes: Vec::new(),
            first_point,
        }
    }

    /// Keeps the durations of each point of one series.
    pub(super) fn heat_of(&mut self, series: usize) {
        let points = self.lengths.len();
        if let Some(series) = self.series.get_mut(series) {
            series.heat = vec![<[Buckets; 3]>::default(); points];
        }
    }

    pub(super) fn add(&mut self, number: u64, tick: &Tick) {
        let seconds = tick.took.as_secs_f64();
        let point = usize::try_from(number / self.step - self.first_point).unwrap_or(0);
        self.seconds += seconds;
        self.lengths[point] += seconds;
        for change in tick.changes.iter() {
            let Some(series) = self.series.get_mut(change.series) else { continue };
            series.totals.add(&change.totals);
            series.spawned[point] += change.totals.spawned;
            let ended = series.ended[point].iter_mut().zip(change.totals.ended);
            ended.for_each(|(ended, more)| *ended += more);
            let all = series.durations.iter_mut().zip(&change.durations);
            all.for_each(|(all, more)| all.merge(more));
            if let Some(heat) = series.heat.get_mut(point) {
                heat.iter_mut().zip(&change.durations).for_each(|(heat, more)| heat.merge(more));
            }
        }
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
            let mut active = now.spawned - now.all_ended();
            for point in (0..series.active.len()).rev() {
                series.active[point] = active;
                let ended = series.ended[point].iter().sum::<u64>();
                active = (active + ended).saturating_sub(series.spawned[point]);
            }
        }
    }
}
