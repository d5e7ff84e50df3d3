//! A dump as folded stacks, for flame graphs.

use std::collections::BTreeMap;
use std::fmt::Write;

use runtime_hooks_stack::Stack;

use crate::dump::TaskDump;
use crate::task::DumpedTask;

/// What the width of a flame graph is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Weight {
    /// The number of tasks.
    #[default]
    Tasks,
    /// The milliseconds that tasks have been in their current state.
    Milliseconds,
}

impl TaskDump {
    /// One line for each stack, the outermost frame first: `label;app::run;app::load;mutex 17`. `flamegraph.pl`, inferno
    /// and speedscope read it.
    ///
    /// A task that waits at several places, as in a `select!`, is divided between them. A line with a weight below 1 is
    /// left out.
    pub fn to_folded(&self, weight: Weight) -> String {
        let mut lines = BTreeMap::<String, f64>::new();
        for task in &self.tasks {
            let whole = match weight {
                Weight::Tasks => 1.0,
                Weight::Milliseconds => task.since.as_secs_f64() * 1e3,
            };
            let stacks = task.answer.stacks();
            let share = whole / stacks.len().max(1) as f64;
            for stack in stacks {
                *lines.entry(line(task, Some(stack))).or_default() += share;
            }
            if stacks.is_empty() {
                *lines.entry(line(task, None)).or_default() += whole;
            }
        }
        let mut folded = String::new();
        for (line, weight) in lines {
            let weight = weight.round();
            if weight >= 1.0 {
                let _ = writeln!(folded, "{line} {weight}");
            }
        }
        folded
    }
}

fn line(task: &DumpedTask, stack: Option<&Stack>) -> String {
    let mut parts = vec![task.label.as_str()];
    match stack {
        Some(stack) => {
            parts.extend(stack.frames.iter().rev().map(|frame| frame.function.as_str()));
            parts.extend(stack.wait.as_deref());
        }
        None => parts.push("no stack"),
    }
    // A semicolon separates frames.
    parts.iter().map(|part| part.replace(';', ",")).collect::<Vec<_>>().join(";")
}
