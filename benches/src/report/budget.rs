//! The budgets: what instrumentation may cost at most, beside what was measured.

use super::{Measurement, Report, Scale};
use crate::{DEFAULT, FLOOR, FULL, LIVE, Row, TOKIO_METRICS, Workload};

/// One line of the budget.
#[derive(Clone, Debug)]
pub struct Budget {
    /// What is limited.
    pub what: String,
    /// To how much.
    pub at_most: f64,
    /// How much it is.
    pub measured: f64,
    /// How much it would be of clock readings alone.
    pub floor: Option<f64>,
    /// What follows a number of it.
    pub unit: &'static str,
}

impl Budget {
    /// Whether it is kept.
    pub fn is_met(&self) -> bool {
        self.measured <= self.at_most
    }
}

const ONE_THREAD: &str = "tokio, current thread";
/// Which reads no clock.
const OFF: &str = "off";
const TWO_WORKERS: &str = "tokio, multi-thread";

/// What the scale of threads that record the same series is called.
pub const BY_THREADS: &str = "One task, by the number of threads that record the same series";

/// All lines whose workloads were measured.
pub fn budgets(report: &Report, scales: &[Scale]) -> Vec<Budget> {
    let find = |runtime, workload: Workload| report.find(runtime, &workload.to_string());
    let mut all = Vec::new();
    let mut limit = |what: String, at_most, unit, variant, of: &dyn Fn(&str) -> Option<f64>| {
        let floor = of(FLOOR).filter(|_| variant != OFF);
        all.extend(of(variant).map(|measured| Budget { what, at_most, measured, floor, unit }));
    };
    if let Some(one) = find(ONE_THREAD, Workload::OneByOne) {
        for (level, at_most) in
            [(OFF, 1.01), ("counts + duration", 1.15), (DEFAULT, 1.25), (FULL, 1.38), (LIVE, 1.42)]
        {
            let ratio = |variant: &str| Some(one.row(variant)?.ratio.median);
            limit(format!("{ONE_THREAD}: spawn and join, {level}"), at_most, "x", level, &ratio);
        }
        if let Some(eleven) = find(ONE_THREAD, Workload::OneByOne11) {
            for (level, at_most) in [(DEFAULT, 40.0), (FULL, 60.0)] {
                let wall =
                    |variant: &str| per_further_poll(one, eleven, variant, |row| row.over.median);
                let what = format!("{ONE_THREAD}: each further poll, {level}");
                limit(what, at_most, " ns", level, &wall);
            }
        }
    }
    let two = (find(TWO_WORKERS, Workload::Batches), find(TWO_WORKERS, Workload::Batches11));
    if let (Some(one), Some(eleven)) = two {
        let cpu = |variant: &str| per_further_poll(one, eleven, variant, |row| row.cpu_over.median);
        let what = format!("{TWO_WORKERS}: CPU of each further poll, {DEFAULT}");
        limit(what, 40.0, " ns", DEFAULT, &cpu);
        let of_peer = |variant: &str| Some(cpu(variant)? / cpu(TOKIO_METRICS)?);
        let what = format!("{TWO_WORKERS}: CPU of each further poll, of tokio-metrics'");
        limit(what, 0.1, "x", DEFAULT, &of_peer);
    }
    for level in ["default", "full"] {
        let shared = |level: &str| two_threads_to_one(scales, level);
        limit(format!("two threads on one series, {level}"), 1.15, "x", level, &shared);
    }
    for measurement in &report.measurements {
        let Measurement { runtime, workload, .. } = measurement;
        for (level, at_most) in [(DEFAULT, 0.2), (FULL, 0.4)] {
            let what = format!("{runtime}: {workload}, {level}, of tokio-metrics' overhead");
            limit(what, at_most, "x", level, &|variant| share_of_peer(measurement, variant));
        }
    }
    all
}

/// What each poll after the first costs, from tasks of one poll and of eleven.
fn per_further_poll(
    one: &Measurement,
    eleven: &Measurement,
    variant: &str,
    over: impl Fn(&Row) -> f64,
) -> Option<f64> {
    Some((over(eleven.row(variant)?) - over(one.row(variant)?)) / 10.0)
}

/// The cost of a task on each of two threads, as a share of its cost on one thread alone: the first two points of the
/// scale.
fn two_threads_to_one(scales: &[Scale], level: &str) -> Option<f64> {
    let scale = scales.iter().find(|scale| scale.title == BY_THREADS)?;
    let (_, points) = scale.lines.iter().find(|(name, _)| name == level)?;
    let [(_, one), (_, two), ..] = points[..] else { return None };
    Some(two / one)
}

/// Our overhead as a share of that of tokio-metrics, which records neither closures nor deadlines.
fn share_of_peer(measurement: &Measurement, variant: &str) -> Option<f64> {
    let peer = measurement.row(TOKIO_METRICS)?;
    let ours = measurement.row(variant)?;
    (peer.over.low > 0.0).then(|| ours.over.median / peer.over.median)
}
