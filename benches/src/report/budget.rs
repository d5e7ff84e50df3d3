//! What ours may cost at most, beside what it was measured to.

use super::{Measurement, Report};
use crate::{DEFAULT, FULL, LIVE, Row, TOKIO_METRICS, Workload};

/// One line of the budget.
#[derive(Clone, Debug)]
pub struct Budget {
    /// What is limited.
    pub what: String,
    /// To how much.
    pub at_most: f64,
    /// How much it is.
    pub measured: f64,
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
const TWO_WORKERS: &str = "tokio, multi-thread";

/// All lines whose workloads were measured.
pub fn budgets(report: &Report) -> Vec<Budget> {
    let find = |runtime, workload: Workload| report.find(runtime, &workload.to_string());
    let mut all = Vec::new();
    if let Some(one) = find(ONE_THREAD, Workload::OneByOne) {
        let levels = [
            ("off", 1.01),
            ("counts + duration", 1.15),
            (DEFAULT, 1.25),
            (FULL, 1.38),
            (LIVE, 1.42),
        ];
        all.extend(levels.iter().filter_map(|(level, at_most)| {
            let measured = one.row(level)?.ratio.median;
            let what = format!("{ONE_THREAD}: spawn and join, {level}");
            Some(Budget { what, at_most: *at_most, measured, unit: "x" })
        }));
        if let Some(eleven) = find(ONE_THREAD, Workload::OneByOne11) {
            for (level, at_most) in [(DEFAULT, 40.0), (FULL, 60.0)] {
                let wall = |row: &Row| row.over.median;
                all.extend(per_further_poll(one, eleven, level, wall).map(|measured| Budget {
                    what: format!("{ONE_THREAD}: each further poll, {level}"),
                    at_most,
                    measured,
                    unit: " ns",
                }));
            }
        }
    }
    let two = (find(TWO_WORKERS, Workload::Batches), find(TWO_WORKERS, Workload::Batches11));
    if let (Some(one), Some(eleven)) = two {
        let cpu = |row: &Row| row.cpu_over.median;
        let ours = per_further_poll(one, eleven, DEFAULT, cpu);
        all.extend(ours.map(|measured| Budget {
            what: format!("{TWO_WORKERS}: CPU of each further poll, {DEFAULT}"),
            at_most: 40.0,
            measured,
            unit: " ns",
        }));
        let peer = per_further_poll(one, eleven, TOKIO_METRICS, cpu);
        all.extend(ours.zip(peer).map(|(ours, peer)| Budget {
            what: format!("{TWO_WORKERS}: CPU of each further poll, of tokio-metrics'"),
            at_most: 0.1,
            measured: ours / peer,
            unit: "x",
        }));
    }
    for measurement in &report.measurements {
        for (level, at_most) in [(DEFAULT, 0.2), (FULL, 0.4)] {
            all.extend(share_of_peer(measurement, level).map(|measured| Budget {
                what: format!(
                    "{}: {}, {level}, of tokio-metrics' overhead",
                    measurement.runtime, measurement.workload
                ),
                at_most,
                measured,
                unit: "x",
            }));
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

/// Ours of the overhead of tokio-metrics, where that has any: it is not told of closures and deadlines.
fn share_of_peer(measurement: &Measurement, variant: &str) -> Option<f64> {
    let peer = measurement.row(TOKIO_METRICS)?;
    let ours = measurement.row(variant)?;
    (peer.over.low > 0.0).then(|| ours.over.median / peer.over.median)
}
