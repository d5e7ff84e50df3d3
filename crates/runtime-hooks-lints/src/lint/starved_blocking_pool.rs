//! Blocking closures that wait for a thread.

use runtime_hooks_recorder::LiveState;

use crate::rule::{BLOCKING, Rule, short};

pub(crate) const RULE: Rule = Rule::new(
    "starved_blocking_pool",
    "Closures for the blocking pool wait for a thread, 100 ms or longer. The pool is full: run fewer at a time, shorten \
     them, or allow more threads.",
)
.of_series(|series| {
    let waited = series.schedule_delay_p90;
    let is_starved = !series.is_async() && waited >= BLOCKING;
    let evidence = || format!("10 % of the last minute's waited {} or longer", short(waited));
    is_starved.then(|| (series.schedule_delays, evidence()))
})
.of_tasks(|task| {
    let waits = task.state == LiveState::Scheduled && task.since >= BLOCKING;
    !task.is_async() && waits && !task.lacks_processors
});
