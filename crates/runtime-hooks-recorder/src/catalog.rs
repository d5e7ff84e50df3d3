//! The one table of metrics: name, unit, kind, help, and how to read it from a snapshot.
//!
//! Exporters walk [`METRICS`] and know no name themselves.

use crate::gauges::RuntimeSnapshot;
use crate::recorder::{self, Measure, SeriesSnapshot};

/// Advised bucket boundaries in seconds, 1 µs to 100 s: counts at these are exact.
pub const BOUNDARIES: [f64; 25] = {
    let mut seconds = [0.0; 25];
    let mut i = 0;
    while i < seconds.len() {
        seconds[i] = recorder::BOUNDARIES[i] as f64 / 1e9;
        i += 1;
    }
    seconds
};

/// Attribute names, as the semantics have them.
pub mod attribute {
    /// What kind of process: `coroutine`, `future`, `to_thread`.
    pub const TYPE: &str = "type";
    /// The process's name.
    pub const NAME: &str = "name";
    /// How it ended.
    pub const STATE: &str = "state";
    /// Why, if not well.
    pub const ERROR_TYPE: &str = "error.type";
    /// Which runtime.
    pub const RUNTIME: &str = "async.runtime.name";
    /// Which of the runtime's workers.
    pub const WORKER: &str = "async.runtime.worker";
    /// What may be wrong: `self_waking`.
    pub const LINT: &str = "lint";
    /// Of a span: how many times the process was polled, or run.
    pub const POLLS: &str = "async.task.polls";
    /// Of a span: for how many seconds it was, altogether.
    pub const BUSY: &str = "async.task.busy";
    /// Of a span: for how many seconds it was runnable, altogether.
    pub const SCHEDULED: &str = "async.task.scheduled";
}

/// One metric.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// The name below the namespace: `process.duration`.
    pub name: &'static str,
    /// The unit, as UCUM writes it.
    pub unit: &'static str,
    /// What it tells.
    pub help: &'static str,
    /// What it is, and how to read it.
    pub read: Read,
}

impl Metric {
    /// The whole name: `asyncio.process.duration`.
    pub fn full_name(&self, namespace: &str) -> String {
        format!("{namespace}.{}", self.name)
    }
}

/// What a metric is, and how to read it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Read {
    /// A histogram of a series, in seconds: those of its measures for which this says yes.
    Histogram(fn(Measure) -> bool),
    /// A counter of a series.
    Counter(fn(&SeriesSnapshot) -> u64),
    /// A counter of a series by outcome: the counts of `process.duration`.
    EndedCounter,
    /// A number of a series that also falls.
    UpDown(fn(&SeriesSnapshot) -> u64),
    /// A gauge of a runtime; `None` where it cannot tell.
    RuntimeUpDown(fn(&RuntimeSnapshot) -> Option<u64>),
    /// A counter of each worker of a runtime.
    WorkerCounter(fn(&RuntimeSnapshot, usize) -> f64),
}

/// For how long each lint has applied to each name: no part of a snapshot, but of whoever looks for lints.
pub mod lint_count {
    /// The name below the namespace.
    pub const NAME: &str = "lint.count";
    /// The unit, as UCUM writes it.
    pub const UNIT: &str = "{second}";
    /// What it tells.
    pub const HELP: &str = "Seconds for which a lint has applied to a name.";
}

/// Every metric of a snapshot.
pub const METRICS: [Metric; 12] = [
    Metric {
        name: "process.duration",
        unit: "s",
        help: "From submission to end.",
        read: Read::Histogram(|measure| matches!(measure, Measure::Process(_))),
    },
    Metric {
        name: "schedule.duration",
        unit: "s",
        help: "From runnable to running: spawn to first poll, wake to poll, wait for a thread.",
        read: Read::Histogram(|measure| measure == Measure::Schedule),
    },
    Metric {
        name: "poll.duration",
        unit: "s",
        help: "One uninterrupted run: a poll, or a whole blocking closure.",
        read: Read::Histogram(|measure| measure == Measure::Poll),
    },
    Metric {
        name: "process.count",
        unit: "{process}",
        help: "Processes ended.",
        read: Read::EndedCounter,
    },
    Metric {
        name: "process.spawned",
        unit: "{process}",
        help: "Processes submitted.",
        read: Read::Counter(|series| series.spawned),
    },
    Metric {
        name: "process.active",
        unit: "{process}",
        help: "Processes submitted and not ended.",
        read: Read::UpDown(SeriesSnapshot::active),
    },
    Metric {
        name: "poll.slow",
        unit: "{poll}",
        help: "Polls longer than the slow-poll threshold.",
        read: Read::Counter(|series| series.slow_polls),
    },
    Metric {
        name: "recorder.overflow",
        unit: "{process}",
        help: "Processes whose name was refused by the series cap.",
        read: Read::Counter(|series| if series.key.is_overflow() { series.spawned } else { 0 }),
    },
    Metric {
        name: "worker.count",
        unit: "{worker}",
        help: "Worker threads of the runtime.",
        read: Read::RuntimeUpDown(|runtime| match runtime.gauges.workers.len() {
            0 => None,
            workers => Some(workers as u64),
        }),
    },
    Metric {
        name: "queue.length",
        unit: "{task}",
        help: "Tasks waiting in the runtime's shared queue.",
        read: Read::RuntimeUpDown(|runtime| runtime.gauges.queue_length),
    },
    Metric {
        name: "worker.busy.time",
        unit: "s",
        help: "How long a worker has been busy.",
        read: Read::WorkerCounter(|runtime, worker| {
            runtime.gauges.workers[worker].busy.as_secs_f64()
        }),
    },
    Metric {
        name: "worker.park.count",
        unit: "{park}",
        help: "How often a worker has gone to sleep.",
        read: Read::WorkerCounter(|runtime, worker| runtime.gauges.workers[worker].parks as f64),
    },
];

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn boundaries_go_up_from_a_microsecond_to_100_seconds() {
        assert!(BOUNDARIES.is_sorted());
        assert_eq!((BOUNDARIES[0], BOUNDARIES[1], BOUNDARIES[24]), (1e-6, 2.5e-6, 100.0));
    }

    #[test]
    fn names_keep_to_opentelemetrys_rules() {
        for metric in METRICS {
            let is_valid = |c: char| c.is_ascii_lowercase() || c == '.';
            assert!(metric.name.chars().all(is_valid), "{}", metric.name);
            assert!(!metric.name.contains("total"));
            assert_eq!(METRICS.iter().filter(|other| other.name == metric.name).count(), 1);
            let is_duration = matches!(metric.read, Read::Histogram(_));
            assert_eq!(metric.name.ends_with(".duration"), is_duration);
        }
    }
}
