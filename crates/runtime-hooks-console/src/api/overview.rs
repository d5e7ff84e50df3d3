//! `/api/v1/overview`: the program, and a few numbers of each runtime.

use std::collections::BTreeMap;

use runtime_hooks_recorder::State;
use serde::Serialize;

use super::numbers::Ended;
use super::query::Range;
use super::values::{SPARK, rates, rounded, unix_millis};
use crate::history::{SeriesWindow, Window};
use crate::sampler::Sampler;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Overview {
    /// The file name of the program.
    program: String,
    pid: u32,
    /// When the console was started, in milliseconds of Unix time: differs between two runs of the program.
    started: u128,
    /// Grows by one per second.
    tick: u64,
    range: Range,
    /// The length of the plots, in seconds.
    seconds: f64,
    /// Whether live tasks are listed.
    live: bool,
    /// The length of a plot's point, in seconds.
    step: u64,
    runtimes: Vec<Runtime>,
    findings: usize,
    /// Open streams of ticks: of pages, and of clients of tokio-console.
    streams: usize,
    /// Tasks counted under `_OTHER`.
    overflow: u64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    workers: Option<u64>,
    workers_busy: Option<f64>,
    queue: Option<u64>,
    alive_tasks: Option<u64>,
    spawned_points: Vec<f64>,
    active_points: Vec<u64>,
}

pub(crate) fn overview(sampler: &Sampler, range: Range) -> Overview {
    sampler.note_request();
    let program = sampler.series_cache().program();
    let state = sampler.state();
    let window = state.history.window_of_groups(range.ticks(), SPARK);
    let mut by_runtime: BTreeMap<&'static str, usize> = BTreeMap::new();
    for series in &state.series {
        *by_runtime.entry(series.disclosed.key.runtime()).or_default() += 1;
    }
    for runtime in &state.runtimes {
        by_runtime.entry(runtime.name).or_default();
    }
    let runtimes = by_runtime.iter().map(|(name, names)| {
        let group = |is_blocking| {
            let group = state.history.group(name, is_blocking);
            group.map_or_else(SeriesWindow::default, |group| window.series[group].clone())
        };
        Runtime::new(name, *names, [group(false), group(true)], &window)
    });
    Overview {
        program,
        pid: std::process::id(),
        started: unix_millis(sampler.started),
        tick: state.history.count(),
        range,
        seconds: window.seconds,
        live: sampler.keeps_live(),
        step: window.step,
        runtimes: runtimes.collect(),
        findings: state.findings.len(),
        streams: sampler.subscribers(),
        overflow: state.overflow,
    }
}

impl Runtime {
    fn new(
        name: &'static str,
        names: usize,
        [tasks, closures]: [SeriesWindow; 2],
        window: &Window,
    ) -> Self {
        let mut totals = tasks.totals;
        totals.add(&closures.totals);
        let both = |points: fn(&SeriesWindow) -> &Vec<u64>| -> Vec<u64> {
            let at = |of: &SeriesWindow, point| points(of).get(point).copied().unwrap_or(0);
            (0..window.lengths.len())
                .map(|point| at(&tasks, point) + at(&closures, point))
                .collect()
        };
        let (active, spawned) = (both(|of| &of.active), both(|of| &of.spawned));
        let ended: Ended = totals.ended.into();
        let per_second = |count: u64| {
            if window.seconds > 0.0 { rounded(count as f64 / window.seconds) } else { 0.0 }
        };
        let runtime = window.runtimes.iter().find(|runtime| runtime.name == name);
        let gauges = runtime.map(|runtime| &runtime.last.gauges);
        let states = [State::Finished, State::Cancelled, State::Timeout, State::Exception]
            .map(|state| state.as_str());
        Self {
            name,
            names,
            active: active.last().copied().unwrap_or(0),
            spawned_per_second: per_second(totals.spawned),
            ended_per_second: states.into_iter().zip(totals.ended.map(per_second)).collect(),
            ended,
            spawned: totals.spawned,
            schedule_p99: tasks.durations[1].quantile(0.99),
            blocking_wait_p99: closures.durations[1].quantile(0.99),
            poll_p99: tasks.durations[2].quantile(0.99),
            slow_polls: totals.slow,
            workers: runtime
                .map(|runtime| runtime.last.worker_count)
                .filter(|workers| *workers > 0),
            workers_busy: runtime.and_then(|runtime| runtime.workers_busy()).map(rounded),
            queue: gauges.and_then(|gauges| gauges.queue_length),
            alive_tasks: gauges.and_then(|gauges| gauges.alive_tasks),
            spawned_points: rates(&spawned, &window.lengths),
            active_points: active,
        }
    }
}
