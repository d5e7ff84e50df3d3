//! Counts and durations of a series.

use runtime_hooks_recorder::{HistogramSnapshot, SeriesSnapshot, State};
use serde::Serialize;

use crate::history::{Buckets, SeriesWindow, Totals};

/// Ended tasks, by state.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ended {
    finished: u64,
    cancelled: u64,
    timeout: u64,
    exception: u64,
}

impl From<[u64; 4]> for Ended {
    fn from([finished, cancelled, timeout, exception]: [u64; 4]) -> Self {
        Self { finished, cancelled, timeout, exception }
    }
}

/// The distribution of a duration, in seconds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Duration {
    count: u64,
    p50: Option<f64>,
    p90: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

impl Duration {
    fn of(buckets: &Buckets) -> Self {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|q| buckets.quantile(q));
        Self { count: buckets.count(), p50, p90, p99, max: buckets.max() }
    }

    fn since_start(histogram: &HistogramSnapshot) -> Self {
        let seconds = |duration: Option<std::time::Duration>| Some(duration?.as_secs_f64());
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|q| seconds(histogram.quantile(q)));
        Self { count: histogram.count(), p50, p90, p99, max: seconds(histogram.max()) }
    }
}

/// The numbers of a series, in a range or since the program started.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Numbers {
    active: u64,
    spawned: u64,
    #[serde(flatten)]
    ended: Ended,
    slow_polls: u64,
    /// How often a task held its thread, as a watchdog saw it.
    stalls: u64,
    duration: Duration,
    schedule: Duration,
    poll: Duration,
}

impl Numbers {
    pub(super) fn in_range(active: u64, window: &SeriesWindow) -> Self {
        let Totals { spawned, ended, slow, stalls } = window.totals;
        let [duration, schedule, poll] = window.durations.each_ref().map(Duration::of);
        Self {
            active,
            spawned,
            ended: ended.into(),
            slow_polls: slow,
            stalls,
            duration,
            schedule,
            poll,
        }
    }

    pub(super) fn since_start(series: &SeriesSnapshot) -> Self {
        Self {
            active: series.active(),
            spawned: series.spawned,
            ended: [State::Finished, State::Cancelled, State::Timeout, State::Exception]
                .map(|state| series.ended_as(state))
                .into(),
            slow_polls: series.slow_polls,
            stalls: series.stalls,
            duration: Duration::since_start(&series.duration()),
            schedule: Duration::since_start(&series.schedule),
            poll: Duration::since_start(&series.poll),
        }
    }
}
