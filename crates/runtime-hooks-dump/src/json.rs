//! A dump as JSON.

use serde::Serialize;

use crate::answer::TaskAnswer;
use crate::dump::TaskDump;
use crate::group::DumpGroup;

/// Version 1. Fields may be added; the meaning of one never changes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DumpDocument<'d> {
    version: u32,
    /// The number of tasks.
    tasks: usize,
    /// The number of tasks that ended during the dump.
    ended: usize,
    took_ms: u128,
    /// What the program must be built with, if functions or lines are missing.
    hint: Option<&'static str>,
    /// Tasks with equal stacks, the largest group first.
    groups: Vec<Group<'d>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Group<'d> {
    label: &'d str,
    spawned_at: Option<&'d str>,
    /// The number of its tasks.
    tasks: usize,
    /// `waits`, with `stacks`, or why there is no stack.
    #[serde(flatten)]
    answer: &'d TaskAnswer,
    /// The same for people.
    reason: Option<&'static str>,
    /// By task, the one that waits longest first.
    ids: Vec<String>,
    state: Vec<&'static str>,
    /// How long it has been in this state.
    seconds: Vec<f64>,
}

impl TaskDump {
    /// As a JSON document with a version.
    pub fn to_json(&self) -> String {
        // Texts and numbers only, which always have a form in JSON.
        serde_json::to_string(&self.document()).unwrap_or_default()
    }

    /// What `to_json` writes.
    #[doc(hidden)]
    pub fn document(&self) -> DumpDocument<'_> {
        DumpDocument {
            version: 1,
            tasks: self.tasks.len(),
            ended: self.ended,
            took_ms: self.took.as_millis(),
            hint: self.hint,
            groups: self.groups().iter().map(Group::of).collect(),
        }
    }
}

impl<'d> Group<'d> {
    fn of(group: &DumpGroup<'d>) -> Self {
        let first = group.tasks[0];
        Self {
            label: &first.label,
            spawned_at: first.spawned_at.as_deref(),
            tasks: group.tasks.len(),
            answer: &first.answer,
            reason: first.answer.reason(),
            ids: group.tasks.iter().map(|task| task.id.to_string()).collect(),
            state: group.tasks.iter().map(|task| task.state.as_str()).collect(),
            seconds: group.tasks.iter().map(|task| task.since.as_secs_f64()).collect(),
        }
    }
}
