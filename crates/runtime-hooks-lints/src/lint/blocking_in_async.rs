//! Polls that block their worker.

use crate::rule::{BLOCKING, Rule, short};

pub(crate) const RULE: Rule = Rule::new(
    "blocking_in_async",
    "A poll takes 100 ms or longer, as if it read a file, slept, waited for a contended lock or computed at length. Move \
     that to `spawn_blocking`.",
)
.of_series(|series| {
    let is_blocking = series.is_async() && series.longest_poll >= BLOCKING;
    let evidence = || format!("in the last minute, the longest took {}", short(series.longest_poll));
    is_blocking.then(|| (series.slow_polls.max(1), evidence()))
})
.of_tasks(|task| task.is_async() && task.runs_for(BLOCKING));
