//! The id of a task.

use std::fmt;

/// Identifies a task: unique among live tasks, and reused only after 2^32 reuses of its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(u64);

impl TaskId {
    pub(super) fn new(index: u32, generation: u64) -> Self {
        // A taken slot has an odd generation: the lowest bit carries no information.
        Self(generation >> 1 << 32 | u64::from(index))
    }

    /// The index of its slot, which is unique among live tasks.
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    pub const fn slot(self) -> u32 {
        self.0 as u32
    }

    /// The id as a number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// The slot and the number of tasks that used it before: `17.3`.
impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.slot(), self.0 >> 32))
    }
}
