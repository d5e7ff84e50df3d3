//! Tasks with equal stacks.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use crate::answer::TaskAnswer;
use crate::task::DumpedTask;

/// Tasks of one series that wait at the same places.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DumpGroup<'d> {
    /// The tasks, the one that waits longest first.
    pub tasks: Vec<&'d DumpedTask>,
}

impl<'d> DumpGroup<'d> {
    /// Where they wait.
    pub fn answer(&self) -> &'d TaskAnswer {
        &self.tasks[0].answer
    }

    /// The shortest and the longest time in the current state.
    pub fn since(&self) -> (Duration, Duration) {
        let last = self.tasks.last().map_or(Duration::ZERO, |task| task.since);
        (last, self.tasks[0].since)
    }
}

/// The largest group first; of equal ones the one that waits longest.
pub(crate) fn groups(tasks: &[DumpedTask]) -> Vec<DumpGroup<'_>> {
    let mut by_stacks = HashMap::<_, Vec<&DumpedTask>>::new();
    for task in tasks {
        by_stacks.entry((&task.label, &task.spawned_at, &task.answer)).or_default().push(task);
    }
    let mut groups: Vec<_> = by_stacks
        .into_values()
        .map(|mut tasks| {
            tasks.sort_by_key(|task| (Reverse(task.since), task.id));
            DumpGroup { tasks }
        })
        .collect();
    groups.sort_by_key(|group| {
        (Reverse(group.tasks.len()), Reverse(group.since().1), group.tasks[0].id)
    });
    groups
}
