//! The JSON documents, version 1: see `docs/console.md`.

mod lints;
mod name;
mod names;
mod overview;
mod query;
mod tasks;

use runtime_hooks_core::{SeriesSnapshot, State};
use serde::Serialize;

pub(crate) use self::lints::lints;
pub(crate) use self::name::{NameQuery, name};
pub(crate) use self::names::names;
pub(crate) use self::overview::{milliseconds, overview};
pub(crate) use self::query::{Problem, Range, RangeQuery};
pub(crate) use self::tasks::{TasksQuery, tasks};

use crate::history::{Buckets, SeriesWindow, Totals};
use crate::series_cache::DisclosedSeries;

/// As many points a sparkline has, about.
const SPARK: usize = 45;

/// What tells a name from others, and where it comes from.
#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    runtime: &'static str,
    r#type: &'static str,
    name: Option<String>,
    /// `src/main.rs:59`.
    location: Option<String>,
    /// The whole path of the future's or closure's type, if the name comes from it.
    type_name: Option<String>,
    /// In bytes.
    size: Option<usize>,
}

impl Identity {
    fn of(disclosed: &DisclosedSeries) -> Self {
        Self {
            runtime: disclosed.key.runtime(),
            r#type: disclosed.key.kind().as_str(),
            name: disclosed.name.clone(),
            location: disclosed.location(),
            type_name: disclosed.type_name.clone(),
            size: disclosed.size(),
        }
    }
}

/// Processes ended, by state.
#[derive(Clone, Copy, Debug, Default, Serialize)]
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

/// One of the three durations, in seconds.
#[derive(Debug, Serialize)]
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

    fn since_start(histogram: &runtime_hooks_core::HistogramSnapshot) -> Self {
        let seconds = |duration: Option<std::time::Duration>| Some(duration?.as_secs_f64());
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|q| seconds(histogram.quantile(q)));
        Self { count: histogram.count(), p50, p90, p99, max: seconds(histogram.max()) }
    }
}

/// What happened to a name, in a range or since the program started.
#[derive(Debug, Serialize)]
pub(crate) struct Numbers {
    active: u64,
    spawned: u64,
    #[serde(flatten)]
    ended: Ended,
    slow_polls: u64,
    process: Duration,
    schedule: Duration,
    poll: Duration,
}

impl Numbers {
    fn in_range(active: u64, window: &SeriesWindow) -> Self {
        let Totals { spawned, ended, slow } = window.totals;
        let [process, schedule, poll] = window.durations.each_ref().map(Duration::of);
        Self { active, spawned, ended: ended.into(), slow_polls: slow, process, schedule, poll }
    }

    fn since_start(series: &SeriesSnapshot) -> Self {
        Self {
            active: series.active(),
            spawned: series.spawned,
            ended: State::ALL.map(|state| series.ended_as(state)).into(),
            slow_polls: series.slow_polls,
            process: Duration::since_start(&series.duration()),
            schedule: Duration::since_start(&series.schedule),
            poll: Duration::since_start(&series.poll),
        }
    }
}

/// A number a second, from numbers a point; the last point may not be over yet.
fn rates(counts: &[u64], lengths: &[f64]) -> Vec<f64> {
    let rate = |(count, length): (&u64, &f64)| {
        if *length > 0.0 { rounded(*count as f64 / length) } else { 0.0 }
    };
    counts.iter().zip(lengths).map(rate).collect()
}

/// Three digits are enough to plot, and take less space.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "an exponent")]
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_three_digits() {
        assert_eq!(rates(&[0, 1, 123_456, 5], &[1.0, 3.0, 1.0, 0.0]), [0.0, 0.333, 123_000.0, 0.0]);
        assert_eq!(rates(&[1], &[0.0]), [0.0]);
    }
}
