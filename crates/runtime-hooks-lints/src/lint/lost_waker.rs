//! Idle tasks of which no waker remains.

use runtime_hooks_recorder::LiveState;

use crate::rule::{Rule, STUCK};

pub(crate) const RULE: Rule = Rule::new(
    "lost_waker",
    "The task is idle and no waker of it remains, so nothing can wake it. Look for a `poll` that returns `Pending` without \
     keeping the waker of its context.",
)
.of_tasks(|task| task.state == LiveState::Idle && !task.can_be_woken && task.since >= STUCK);
