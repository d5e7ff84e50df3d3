//! The budgets: limits on the cost of instrumentation, with the measured values.

use super::{Measurement, Report, Scale};
use crate::{DEFAULT, FLOOR, FULL, Row, Spread, TOKIO_METRICS, Workload};

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

/// Where clock readings alone add less than this, instructions are counted instead: see `ci/instructions`.
const LEAST_FLOOR: f64 = 10.0;
/// What a task or a poll may cost besides its share of the floor.
const SLACK: f64 = 5.0;

/// The budgets of all workloads that were measured.
pub fn budgets(report: &Report, scales: &[Scale]) -> Vec<Budget> {
    let mut all: Vec<Budget> = report.measurements.iter().filter_map(of_workload).collect();
    all.extend(of_further_polls(report));
    all.extend(median_of_all(report));
    let one = report.find(ONE_THREAD, &Workload::OneByOne.to_string());
    if let Some(off) = one.and_then(|one| one.row(OFF)) {
        let title = format!("{ONE_THREAD}: spawn and join, off, of bare");
        all.push(Budget { title, limit: 1.01, measured: off.ratio.median, floor: None, unit: "x" });
    }
    for level in ["default", "full"] {
        let title = format!("two threads on one series, {level}");
        let measured = two_threads_to_one(scales, level);
        all.extend(measured.map(|measured| Budget {
            title,
            limit: 1.15,
            measured,
            floor: None,
            unit: "x",
        }));
    }
    all.extend(of_peer(report));
    all
}

/// The cost of a workload at the default level: so many times what clock readings alone cost.
fn of_workload(measurement: &Measurement) -> Option<Budget> {
    let Measurement { runtime, workload, .. } = measurement;
    let is = |one: Workload| *workload == one.to_string();
    let (factor, runs) = if is(Workload::OneByOne) || is(Workload::Batches) {
        (if runtime.starts_with("tokio") { 1.8 } else { 2.2 }, 1.0)
    } else if is(Workload::PingPong) {
        (2.2, 1.0)
    } else if is(Workload::Gather) {
        (2.0, 100.0)
    } else if is(Workload::InTime) {
        (2.5, 1.0)
    } else {
        return None;
    };
    let floor = measurement.row(FLOOR)?.over.median;
    let measured = measurement.row(DEFAULT)?.over.median;
    let title = format!("{runtime}: {workload}, {DEFAULT}");
    times_floor(title, measured, floor, factor, runs)
}

/// The cost of each poll after the first.
fn of_further_polls(report: &Report) -> Vec<Budget> {
    let find = |runtime, workload: Workload| report.find(runtime, &workload.to_string());
    let one_thread = (find(ONE_THREAD, Workload::OneByOne), find(ONE_THREAD, Workload::OneByOne11));
    let two_workers =
        (find(TWO_WORKERS, Workload::Batches), find(TWO_WORKERS, Workload::Batches11));
    let mut all = Vec::new();
    if let (Some(one), Some(eleven)) = one_thread {
        for (level, factor) in [(DEFAULT, 1.8), (FULL, 3.0)] {
            let wall = |variant| per_further_poll(one, eleven, variant, |row| row.over.median);
            let title = format!("{ONE_THREAD}: each further poll, {level}");
            let of = wall(level).zip(wall(FLOOR));
            all.extend(of.and_then(|(ours, floor)| times_floor(title, ours, floor, factor, 1.0)));
        }
    }
    if let (Some(one), Some(eleven)) = two_workers {
        let cpu = |variant| per_further_poll(one, eleven, variant, |row| row.cpu_over.median);
        let title = format!("{TWO_WORKERS}: CPU of each further poll, {DEFAULT}");
        let of = cpu(DEFAULT).zip(cpu(FLOOR));
        all.extend(of.and_then(|(ours, floor)| times_floor(title, ours, floor, 1.8, 1.0)));
    }
    all
}

/// A budget of so many times the floor, and some nanoseconds for each of so many runs.
fn times_floor(title: String, measured: f64, floor: f64, factor: f64, runs: f64) -> Option<Budget> {
    let limit = factor * floor + SLACK * runs;
    let is_measurable = floor >= LEAST_FLOOR * runs;
    is_measurable.then_some(Budget { title, limit, measured, floor: Some(floor), unit: " ns" })
}

/// The median of the cost at the default level over all workloads and runtimes, as a multiple of the floor.
fn median_of_all(report: &Report) -> Option<Budget> {
    let of_floor = |measurement: &Measurement| {
        let floor = measurement.row(FLOOR)?.over.median;
        (floor >= LEAST_FLOOR).then_some(measurement.row(DEFAULT)?.over.median / floor)
    };
    let ratios: Vec<_> = report.measurements.iter().filter_map(of_floor).collect();
    let title = format!("all workloads and runtimes, {DEFAULT}: median, of the floor");
    (!ratios.is_empty()).then(|| Budget {
        title,
        limit: 2.0,
        measured: Spread::of(ratios).median,
        floor: Some(1.0),
        unit: "x",
    })
}

/// The median and the worst share of the overhead of tokio-metrics, which records neither closures nor deadlines.
fn of_peer(report: &Report) -> Vec<Budget> {
    let share = |measurement: &Measurement| {
        let peer = measurement.row(TOKIO_METRICS)?.over;
        (peer.low > 0.0).then_some(measurement.row(DEFAULT)?.over.median / peer.median)
    };
    let shares: Vec<_> = report.measurements.iter().filter_map(share).collect();
    if shares.is_empty() {
        return Vec::new();
    }
    let worst = shares.iter().copied().fold(f64::MIN, f64::max);
    let budget = |which, limit, measured| {
        let title = format!("{DEFAULT}, share of tokio-metrics' overhead: {which}");
        Budget { title, limit, measured, floor: None, unit: "x" }
    };
    vec![budget("median", 0.25, Spread::of(shares).median), budget("worst", 0.5, worst)]
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
