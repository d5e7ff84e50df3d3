//! What the lints find now. The rules are those of `runtime-hooks-lints`; here are their inputs.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_lints::{Finding, SeriesStats, TaskStats, check};

use crate::described::Described;
use crate::history::{SeriesWindow, Window};
use crate::look::Task;

/// What is known of a series besides its window.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) described: Arc<Described>,
    pub(crate) active: u64,
    /// By how much `active` grew without a break.
    pub(crate) growth: Option<u64>,
}

impl Known {
    pub(crate) fn new(described: Arc<Described>) -> Self {
        Self { described, active: 0, growth: None }
    }

    fn stats(&self, window: &SeriesWindow) -> SeriesStats {
        let [_, schedule, poll] = &window.durations;
        let seconds = |seconds: Option<f64>| Duration::from_secs_f64(seconds.unwrap_or(0.0));
        let mut stats = SeriesStats::new(self.described.key.kind());
        stats.size = self.described.size();
        stats.active = self.active;
        stats.spawned = window.totals.spawned;
        stats.ended = window.totals.all_ended();
        stats.timeouts = window.totals.timeouts();
        stats.slow_polls = window.totals.slow;
        stats.longest_poll = seconds(poll.max());
        stats.schedule_delays = schedule.count();
        stats.schedule_delay_p90 = seconds(schedule.quantile(0.9));
        stats.growth = self.growth;
        stats
    }
}

/// Evaluates all lints on the series of the last minute, and on the live tasks.
pub(crate) fn find(
    known: &[Known],
    window: &Window,
    tasks: &[Task],
    described: &[Arc<Described>],
) -> Vec<Finding> {
    let series = known.iter().zip(&window.series).map(|(known, window)| known.stats(window));
    let tasks = tasks.iter().filter_map(|task| {
        let series = usize::try_from(task.series).ok()?;
        let kind = described.get(series)?.key.kind();
        let mut stats = TaskStats::new(series, kind, task.state);
        stats.since = task.since.into();
        stats.polls = task.polls;
        stats.polls_with_wake = task.polls_with_wake.into();
        stats.can_be_woken = task.can_be_woken;
        Some(stats)
    });
    check(series, tasks)
}
