//! The number of a task.

use std::fmt;

/// Which of all processes it is: no two alive at once have the same, and it is long until one comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(u64);

impl TaskId {
    pub(super) fn new(index: u32, generation: u64) -> Self {
        // Only odd generations are anybody's.
        Self(generation >> 1 << 32 | u64::from(index))
    }

    /// Its place in the list: no two that are alive at once have the same.
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    pub const fn slot(self) -> u32 {
        self.0 as u32
    }

    /// As a number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// Its place, and how many were there before it: `17.3`.
impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.slot(), self.0 >> 32))
    }
}
