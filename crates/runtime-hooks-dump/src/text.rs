//! A dump as text.

use std::fmt;
use std::time::Duration;

use runtime_hooks_stack::{Frame, Stack};

use crate::answer::TaskAnswer;
use crate::dump::TaskDump;
use crate::group::DumpGroup;

/// The ids of a group that are written.
const MAX_IDS: usize = 5;

/// As people read it: see `docs/dump.md` in the repository.
impl fmt::Display for TaskDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.groups();
        let (tasks, number) = (self.tasks.len(), groups.len());
        write!(f, "{tasks} {} in {number} {}", plural(tasks, "task"), plural(number, "group"))?;
        if self.ended > 0 {
            write!(f, ", {} ended during the dump", self.ended)?;
        }
        writeln!(f, ", {} ms", self.took.as_millis())?;
        if tasks == 0 && self.ended == 0 {
            writeln!(f, "Only tasks are listed that were submitted while `Config::live` was on.")?;
        }
        if let Some(hint) = self.hint {
            writeln!(f, "{hint}")?;
        }
        groups.iter().try_for_each(|group| write_group(f, group))
    }
}

fn write_group(f: &mut fmt::Formatter<'_>, group: &DumpGroup<'_>) -> fmt::Result {
    let first = group.tasks[0];
    let number = group.tasks.len();
    write!(f, "\n{number} {}: {}", plural(number, "task"), first.label)?;
    if let Some(place) = &first.spawned_at {
        write!(f, " (spawned at {place})")?;
    }
    let (least, most) = group.since();
    write!(f, ", {} for {}", first.state, Seconds(most))?;
    if number > 1 {
        write!(f, " to {}", Seconds(least))?;
    }
    let ids = group.tasks.iter().take(MAX_IDS).map(|task| task.id.to_string());
    let more = if number > MAX_IDS { ", ..." } else { "" };
    writeln!(f, "\n  {} {}{more}", plural(number, "id"), ids.collect::<Vec<_>>().join(", "))?;
    match group.answer() {
        TaskAnswer::Waits(stacks) => stacks.iter().try_for_each(|stack| write_stack(f, stack)),
        other => writeln!(f, "  {}", other.reason().unwrap_or_default()),
    }
}

fn write_stack(f: &mut fmt::Formatter<'_>, stack: &Stack) -> fmt::Result {
    let verb = if stack.yields { "yields in" } else { "waits for" };
    writeln!(f, "  {verb}: {}", stack.wait.as_deref().unwrap_or("unknown"))?;
    stack.frames.iter().try_for_each(|frame| write_frame(f, frame))
}

fn write_frame(f: &mut fmt::Formatter<'_>, frame: &Frame) -> fmt::Result {
    write!(f, "    {}", frame.function)?;
    if let Some(file) = &frame.file {
        write!(f, " at {file}")?;
        if let Some(line) = frame.line {
            write!(f, ":{line}")?;
        }
    }
    writeln!(f)
}

fn plural(number: usize, word: &str) -> String {
    if number == 1 { word.to_owned() } else { format!("{word}s") }
}

struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}
