//! The inputs of the lints of `runtime-hooks-lints`: each series over the last minute, and each live task.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_lints::{Finding, SeriesStats, TaskStats, check};

use crate::history::{SeriesWindow, Window};
use crate::live_snapshot::CompactTask;
use crate::series_cache::DisclosedSeries;

/// What is known of a series besides its history.
#[derive(Clone, Debug)]
pub(crate) struct SeriesInfo {
    pub(crate) disclosed: Arc<DisclosedSeries>,
    pub(crate) active: u64,
    /// By how much `active` has grown without a break.
    pub(crate) growth: Option<u64>,
}

impl SeriesInfo {
    pub(crate) fn new(disclosed: Arc<DisclosedSeries>) -> Self {
        Self { disclosed, active: 0, growth: None }
    }

    fn stats(&self, window: &SeriesWindow) -> SeriesStats {
        let [_, schedule, poll] = &window.durations;
        let seconds = |seconds: Option<f64>| Duration::from_secs_f64(seconds.unwrap_or(0.0));
        let mut stats = SeriesStats::new(self.disclosed.key.kind());
        stats.size = self.disclosed.size();
        stats.active = self.active;
        stats.spawned = window.totals.spawned;
        stats.ended = window.totals.all_ended();
        stats.timeouts = window.totals.timeouts();
        stats.slow_polls = window.totals.slow;
        stats.stalls = window.totals.stalls;
        stats.longest_poll = seconds(poll.max());
        stats.schedule_delays = schedule.count();
        stats.schedule_delay_p90 = seconds(schedule.quantile(0.9));
        stats.growth = self.growth;
        stats
    }
}

/// Evaluates all lints. `is_lacking` if the process had too few processors in the last second.
pub(crate) fn find(
    infos: &[SeriesInfo],
    window: &Window,
    tasks: &[CompactTask],
    is_lacking: bool,
    series: &[Arc<DisclosedSeries>],
) -> Vec<Finding> {
    let stats = infos.iter().zip(&window.series).map(|(info, window)| info.stats(window));
    let tasks = tasks.iter().filter_map(|task| {
        let mut stats = task_stats(task, series)?;
        stats.lacks_processors = is_lacking;
        Some(stats)
    });
    check(stats, tasks)
}

fn task_stats(task: &CompactTask, series: &[Arc<DisclosedSeries>]) -> Option<TaskStats> {
    let number = usize::try_from(task.series).ok()?;
    let kind = task.of(series)?.key.kind();
    let mut stats = TaskStats::new(number, kind, task.state);
    stats.since = task.since.into();
    stats.polls = task.polls;
    stats.polls_with_wake = task.polls_with_wake.into();
    stats.can_be_woken = task.can_be_woken;
    Some(stats)
}
