//! What a watchdog knows of a task that holds its thread.

use std::fmt::{self, Write};

use runtime_hooks_recorder::{TaskId, TraceIds};

/// A task that holds its thread: see [`IncidentKind::Stall`](super::IncidentKind::Stall).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stall {
    /// The task, if it is in the list of live tasks.
    pub task: Option<TaskId>,
    /// The ids of its span, if it has or carries one that is sampled.
    pub ids: Option<TraceIds>,
    /// The name of the thread.
    pub thread: Option<String>,
    /// The number of the thread in the system. Only on Linux.
    pub os_thread: Option<u32>,
    /// What the thread does in the innermost frame: `computes`, or what it waits in, `std::thread::sleep`. `None` if that is
    /// not known.
    pub doing: Option<String>,
    /// The functions that the thread is in, the innermost first. Empty if the stack could not be read.
    pub stack: Vec<StallFrame>,
    /// Why there is no stack.
    pub no_stack: Option<String>,
}

/// A function that a thread is in, and the line in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StallFrame {
    /// Its path, `shop::cart::checkout`.
    pub function: String,
    /// The source file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
}

impl StallFrame {
    /// A frame.
    pub const fn new(function: String, file: Option<String>, line: Option<u32>) -> Self {
        Self { function, file, line }
    }
}

impl Stall {
    /// The stack as text, one frame in each line. Of a recursion, equal frames are one line.
    pub fn stack_lines(&self) -> String {
        let runs = self.stack.chunk_by(PartialEq::eq).map(|equal| match equal {
            [frame, _, ..] => format!("  {frame} ({} times)", equal.len()),
            _ => format!("  {}", equal[0]),
        });
        runs.collect::<Vec<_>>().join("\n")
    }

    /// The id of the trace in hexadecimal digits.
    pub fn trace_id(&self) -> Option<String> {
        self.ids.map(|ids| hex(&ids.trace))
    }

    /// The id of the span in hexadecimal digits.
    pub fn span_id(&self) -> Option<String> {
        self.ids.map(|ids| hex(&ids.span))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes any text.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Display for StallFrame {
    /// `shop::cart::checkout at src/cart.rs:88`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, file, line } = self;
        write!(f, "{function}")?;
        if let Some(file) = file {
            write!(f, " at {file}")?;
            if let Some(line) = line {
                write!(f, ":{line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Stall {
    /// `in std::thread::sleep, shop::cart::checkout at src/cart.rs:88; task 17.3, thread "worker" (4711)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.doing, self.stack.first()) {
            (Some(doing), Some(frame)) => write!(f, "{doing} in {frame}; ")?,
            (Some(doing), None) => write!(f, "{doing}; ")?,
            (None, Some(frame)) => write!(f, "in {frame}; ")?,
            (None, None) => {}
        }
        if let Some(task) = self.task {
            write!(f, "task {task}, ")?;
        }
        match &self.thread {
            Some(name) => write!(f, "thread {name:?}")?,
            None => write!(f, "a thread without a name")?,
        }
        if let Some(number) = self.os_thread {
            write!(f, " ({number})")?;
        }
        if let Some(id) = self.trace_id() {
            write!(f, ", trace {id}")?;
        }
        match &self.no_stack {
            Some(reason) => write!(f, "; no stack: {reason}"),
            None => Ok(()),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_stall_is_one_line_and_its_stack_one_line_per_frame() {
        let frame = |function: &str, line| {
            StallFrame::new(function.to_owned(), Some("src/a.rs".to_owned()), line)
        };
        let ids = TraceIds { trace: [0xab; 16], span: [1; 8] };
        let stall = Stall {
            task: Some("17.3".parse().unwrap()),
            ids: Some(ids),
            thread: Some("worker\n".to_owned()),
            os_thread: Some(4_711),
            doing: Some("waits in std::thread::sleep".to_owned()),
            stack: vec![frame("a::b", Some(3)), frame("a::c", None)],
            no_stack: None,
        };
        let trace = "ab".repeat(16);
        let expected = format!(
            "waits in std::thread::sleep in a::b at src/a.rs:3; task 17.3, thread \"worker\\n\" (4711), trace {trace}"
        );
        assert_eq!(stall.to_string(), expected);
        assert_eq!(stall.stack_lines(), "  a::b at src/a.rs:3\n  a::c at src/a.rs");
        let recursion = Stall { stack: vec![frame("a::b", Some(3)); 20], ..Stall::default() };
        assert_eq!(recursion.stack_lines(), "  a::b at src/a.rs:3 (20 times)");
        assert_eq!(stall.span_id().as_deref(), Some("0101010101010101"));
        let nothing = Stall { no_stack: Some("not on this system".to_owned()), ..Stall::default() };
        assert_eq!(nothing.to_string(), "a thread without a name; no stack: not on this system");
    }
}
