//! Polls that a watchdog has seen to hold their thread.

use crate::rule::Rule;

pub(crate) const RULE: Rule = Rule::new(
    "stall",
    "The task has held its thread for longer than the threshold, 100 ms by default, as the watchdog saw it. Its report, in the \
     log, has the line. Move what blocks or computes there to `spawn_blocking`.",
)
.of_series(|series| {
    let evidence = || format!("{} in the last minute", series.stalls);
    (series.stalls > 0).then(|| (series.stalls, evidence()))
});
