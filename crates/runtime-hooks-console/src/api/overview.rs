//! `/api/v1/overview`: each runtime in a few numbers.

use std::collections::BTreeMap;

use runtime_hooks_core::Kind;
use serde::Serialize;

use super::{Ended, Range, SPARK, rates, rounded};
use crate::history::{Buckets, SeriesWindow, Window};
use crate::observatory::Observatory;

#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    /// The program, by its file's name.
    program: String,
    pid: u32,
    /// When the console was started, in milliseconds of Unix time: another one is another run.
    started: u128,
    /// Grows by one a second.
    tick: u64,
    range: Range,
    /// How many seconds there are plots of.
    seconds: f64,
    /// Whether there is a list of live tasks.
    live: bool,
    /// How many seconds a point of a plot is.
    step: u64,
    runtimes: Vec<Runtime>,
    findings: usize,
    /// Processes counted under `_OTHER`.
    overflow: u64,
}

#[derive(Debug, Serialize)]
struct Runtime {
    name: &'static str,
    names: usize,
    active: u64,
    spawned_per_second: f64,
    ended_per_second: BTreeMap<&'static str, f64>,
    ended: Ended,
    spawned: u64,
    /// Of tasks and futures, in seconds.
    schedule_p99: Option<f64>,
    /// Of closures on the blocking pool, in seconds.
    blocking_wait_p99: Option<f64>,
    poll_p99: Option<f64>,
    slow_polls: u64,
    workers: Option<usize>,
    workers_busy: Option<f64>,
    queue: Option<u64>,
    alive_tasks: Option<u64>,
    spawned_points: Vec<f64>,
    active_points: Vec<u64>,
}

pub(crate) fn overview(observatory: &Observatory, range: Range) -> Overview {
    let seen = observatory.seen();
    let window = seen.history.window(range.ticks(), SPARK);
    let mut by_runtime: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (index, known) in seen.known.iter().enumerate() {
        by_runtime.entry(known.key.runtime()).or_default().push(index);
    }
    for runtime in &seen.snapshot.runtimes {
        by_runtime.entry(runtime.name).or_default();
    }
    let runtimes = by_runtime.iter().map(|(name, series)| {
        let kinds = |index: usize| seen.known[index].key.kind();
        Runtime::new(name, series, &window, kinds)
    });
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(|path| path.file_name());
    Overview {
        program: program.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        pid: std::process::id(),
        started: milliseconds(observatory.started),
        tick: seen.history.count(),
        range,
        seconds: window.seconds,
        live: observatory.keeps_live(),
        step: window.step,
        runtimes: runtimes.collect(),
        findings: seen.findings.len(),
        overflow: seen.snapshot.overflow(),
    }
}

impl Runtime {
    fn new(
        name: &'static str,
        series: &[usize],
        window: &Window,
        kind: impl Fn(usize) -> Kind,
    ) -> Self {
        let points = window.lengths.len();
        let (mut all, mut blocking) = (SeriesWindow::default(), Buckets::default());
        let (mut active, mut spawned) = (vec![0; points], vec![0; points]);
        for index in series {
            let one = &window.series[*index];
            all.totals.add(&one.totals);
            let [process, schedule, poll] = &one.durations;
            all.durations[0].merge(process);
            if kind(*index) == Kind::ToThread {
                blocking.merge(schedule);
            } else {
                all.durations[1].merge(schedule);
                all.durations[2].merge(poll);
            }
            active.iter_mut().zip(&one.active).for_each(|(sum, one)| *sum += one);
            spawned.iter_mut().zip(&one.spawned).for_each(|(sum, one)| *sum += one);
        }
        let ended: Ended = all.totals.ended.into();
        let per_second = |count: u64| {
            if window.seconds > 0.0 { rounded(count as f64 / window.seconds) } else { 0.0 }
        };
        let runtime = window.runtimes.iter().find(|runtime| runtime.name == name);
        let gauges = runtime.map(|runtime| &runtime.last.gauges);
        let states = runtime_hooks_core::State::ALL.map(|state| state.as_str());
        Self {
            name,
            names: series.len(),
            active: active.last().copied().unwrap_or(0),
            spawned_per_second: per_second(all.totals.spawned),
            ended_per_second: states.into_iter().zip(all.totals.ended.map(per_second)).collect(),
            ended,
            spawned: all.totals.spawned,
            schedule_p99: all.durations[1].quantile(0.99),
            blocking_wait_p99: blocking.quantile(0.99),
            poll_p99: all.durations[2].quantile(0.99),
            slow_polls: all.totals.slow,
            workers: gauges.map(|gauges| gauges.workers.len()).filter(|workers| *workers > 0),
            workers_busy: runtime.and_then(|runtime| runtime.workers_busy()).map(rounded),
            queue: gauges.and_then(|gauges| gauges.queue_length),
            alive_tasks: gauges.and_then(|gauges| gauges.alive_tasks),
            spawned_points: rates(&spawned, &window.lengths),
            active_points: active,
        }
    }
}

pub(crate) fn milliseconds(time: std::time::SystemTime) -> u128 {
    time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis())
}
