//! The table of all metrics.

use super::metric::{Metric, Read};
use crate::recorder::{Measure, SeriesSnapshot};

/// Every metric of a snapshot.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "process.duration",
        unit: "s",
        help: "From submission to end.",
        read: Read::Histogram(|measure| matches!(measure, Measure::Duration(_))),
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
        help: "Tasks ended.",
        read: Read::EndedCounter,
    },
    Metric {
        name: "process.spawned",
        unit: "{process}",
        help: "Tasks submitted.",
        read: Read::Counter(|series| series.spawned),
    },
    Metric {
        name: "process.active",
        unit: "{process}",
        help: "Tasks submitted and not ended.",
        read: Read::UpDown(SeriesSnapshot::active),
    },
    Metric {
        name: "poll.slow",
        unit: "{poll}",
        help: "Polls longer than the slow-poll threshold; runs of blocking closures do not count.",
        read: Read::Counter(|series| series.slow_polls),
    },
    Metric {
        name: "worker.stall",
        unit: "{stall}",
        help: "Times that a task held its thread for longer than the watchdog's threshold.",
        read: Read::Counter(|series| series.stalls),
    },
    Metric {
        name: "recorder.overflow",
        unit: "{process}",
        help: "Tasks whose name was refused by the series cap.",
        read: Read::Counter(|series| series.refused),
    },
    Metric {
        name: "worker.count",
        unit: "{worker}",
        help: "Worker threads of the runtime.",
        read: Read::RuntimeUpDown(|runtime| {
            (!runtime.gauges.workers.is_empty()).then_some(runtime.worker_count)
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
