//! The budgets: limits on the cost of instrumentation, with the measured values.

use super::{Measurement, Report, Scale};
use crate::{DEFAULT, FLOOR, FULL, LIVE, Row, TOKIO_METRICS, Workload};

/// One budget.
#[derive(Clone, Debug)]
pub struct Budget {
    /// The measurement that is limited.
    pub title: String,
    /// The limit.
    pub limit: f64,
    /// The measured value.
    pub measured: f64,
    /// The value of the clock readings alone.
    pub floor: Option<f64>,
    /// The unit of these numbers.
    pub unit: &'static str,
}

impl Budget {
    /// Whether the measured value is within the limit.
    pub fn is_met(&self) -> bool {
        self.measured <= self.limit
    }
}

const ONE_THREAD: &str = "tokio, current thread";
/// The level that reads no clock.
const OFF: &str = "off";
const TWO_WORKERS: &str = "tokio, multi-thread";

/// The title of the scale of threads that record the same series.
pub const BY_THREADS: &str = "One task, by the number of threads that record the same series";

/// The budgets of all workloads that were measured.
pub fn budgets(report: &Report, scales: &[Scale]) -> Vec<Budget> {
    let find = |runtime, workload: Workload| report.find(runtime, &workload.to_string());
    let mut all = Vec::new();
    let mut add = |title: String, limit, unit, variant, of: &dyn Fn(&str) -> Option<f64>| {
        let floor = of(FLOOR).filter(|_| variant != OFF);
        all.extend(of(variant).map(|measured| Budget { title, limit, measured, floor, unit }));
    };
    if let Some(one) = find(ONE_THREAD, Workload::OneByOne) {
        for (level, limit) in
            [(OFF, 1.01), ("counts + duration", 1.15), (DEFAULT, 1.25), (FULL, 1.38), (LIVE, 1.42)]
        {
            let ratio = |variant: &str| Some(one.row(variant)?.ratio.median);
            add(format!("{ONE_THREAD}: spawn and join, {level}"), limit, "x", level, &ratio);
        }
        if let Some(eleven) = find(ONE_THREAD, Workload::OneByOne11) {
            for (level, limit) in [(DEFAULT, 40.0), (FULL, 60.0)] {
                let wall =
                    |variant: &str| per_further_poll(one, eleven, variant, |row| row.over.median);
                let title = format!("{ONE_THREAD}: each further poll, {level}");
                add(title, limit, " ns", level, &wall);
            }
        }
    }
    let two = (find(TWO_WORKERS, Workload::Batches), find(TWO_WORKERS, Workload::Batches11));
    if let (Some(one), Some(eleven)) = two {
        let cpu = |variant: &str| per_further_poll(one, eleven, variant, |row| row.cpu_over.median);
        let title = format!("{TWO_WORKERS}: CPU of each further poll, {DEFAULT}");
        add(title, 40.0, " ns", DEFAULT, &cpu);
        let of_peer = |variant: &str| Some(cpu(variant)? / cpu(TOKIO_METRICS)?);
        let title = format!("{TWO_WORKERS}: CPU of each further poll, share of tokio-metrics'");
        add(title, 0.1, "x", DEFAULT, &of_peer);
    }
    for level in ["default", "full"] {
        let shared = |level: &str| two_threads_to_one(scales, level);
        add(format!("two threads on one series, {level}"), 1.15, "x", level, &shared);
    }
    for measurement in &report.measurements {
        let Measurement { runtime, workload, .. } = measurement;
        for (level, limit) in [(DEFAULT, 0.2), (FULL, 0.4)] {
            let title = format!("{runtime}: {workload}, {level}, share of tokio-metrics' overhead");
            add(title, limit, "x", level, &|variant| share_of_peer(measurement, variant));
        }
    }
    all
}

/// The cost of each poll after the first, from tasks of one poll and of eleven.
fn per_further_poll(
    one: &Measurement,
    eleven: &Measurement,
    variant: &str,
    over: impl Fn(&Row) -> f64,
) -> Option<f64> {
    Some((over(eleven.row(variant)?) - over(one.row(variant)?)) / 10.0)
}

/// The cost of a task on each of two threads as a share of its cost on one thread: the first two points of the scale.
fn two_threads_to_one(scales: &[Scale], level: &str) -> Option<f64> {
    let scale = scales.iter().find(|scale| scale.title == BY_THREADS)?;
    let (_, points) = scale.lines.iter().find(|(name, _)| name == level)?;
    let [(_, one), (_, two), ..] = points[..] else { return None };
    Some(two / one)
}

/// Our overhead as a share of the overhead of tokio-metrics, which records neither closures nor deadlines.
fn share_of_peer(measurement: &Measurement, variant: &str) -> Option<f64> {
    let peer = measurement.row(TOKIO_METRICS)?;
    let ours = measurement.row(variant)?;
    (peer.over.low > 0.0).then(|| ours.over.median / peer.over.median)
}
