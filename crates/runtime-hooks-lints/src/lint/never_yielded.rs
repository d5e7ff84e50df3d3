//! Tasks that stay in their first poll.

use crate::rule::{Rule, STUCK};

pub(crate) const RULE: Rule = Rule::new(
    "never_yielded",
    "The task has been in its first poll for a second or longer: everything that it awaited was ready. Move the work to \
     `spawn_blocking`, or await something in between.",
)
.of_tasks(|task| {
    task.is_async() && task.polls == 1 && task.runs_for(STUCK)
});
