//! Tasks that wake themselves.

use crate::rule::Rule;

/// A task of fewer polls may just have started.
const MIN_POLLS: u64 = 50;

pub(crate) const RULE: Rule = Rule::new(
    "self_waking",
    "In at least half of its polls the task wakes itself: it asks to be polled again at once instead of waiting for \
     something. Look for a loop that polls by hand, or that yields while nothing is ready.",
)
.of_tasks(|task| task.polls >= MIN_POLLS && task.polls_with_wake * 2 >= task.polls)
.with_evidence(|tasks| {
    let task = tasks.example;
    format!("{}, one of them in {} of {} polls", tasks.tasks(), task.polls_with_wake, task.polls)
});
