//! What a task answered, with functions and lines.

use runtime_hooks_stack::Stack;
use serde::Serialize;

use runtime_hooks_core::dump;

/// What a task answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "answer", content = "stacks")]
#[non_exhaustive]
pub enum TaskAnswer {
    /// It waits at these places, at least one.
    Waits(Vec<Stack>),
    /// It was polled, and its futures did not ask for a waker again.
    NoStack,
    /// It runs: its poll has not returned.
    Running,
    /// It was woken and was not polled in time.
    NotPolled,
    /// It was not polled yet.
    NotStarted,
    /// No poll of it asked for a waker, so it cannot be woken.
    NoWaker,
    /// The time limit came first, or this platform has no stack walker.
    NotAsked,
}

impl TaskAnswer {
    /// Why there is no stack; `None` if there is one.
    pub const fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Waits(_) => return None,
            Self::NoStack => "no stack: polled again, it did not ask for a waker",
            Self::Running => "no stack: it runs, its poll or closure has not returned",
            Self::NotPolled => "no stack: it was woken, and its executor did not poll it",
            Self::NotStarted => "no stack: it was not polled yet",
            Self::NoWaker => "no stack: it never asked for a waker, so it cannot be woken",
            Self::NotAsked if !dump::HAS_STACK_WALKER => {
                "no stack walker for this platform: only Linux on x86-64 and aarch64"
            }
            Self::NotAsked => {
                "no stack: the time limit came first, or the dump was started within another one"
            }
        })
    }

    /// The stacks; none if it did not answer.
    pub fn stacks(&self) -> &[Stack] {
        match self {
            Self::Waits(stacks) => stacks,
            _ => &[],
        }
    }
}
