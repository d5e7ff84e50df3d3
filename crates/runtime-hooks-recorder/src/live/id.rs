//! The id of a task.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

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

/// From the text that `Display` writes: `17.3`.
impl FromStr for TaskId {
    type Err = ParseTaskIdError;

    fn from_str(text: &str) -> Result<Self, ParseTaskIdError> {
        let (slot, before) = text.split_once('.').ok_or(ParseTaskIdError(()))?;
        // Without signs and leading zeros, as it is written.
        let parse =
            |part: &str| part.parse::<u32>().ok().filter(|number| number.to_string() == part);
        let (Some(slot), Some(before)) = (parse(slot), parse(before)) else {
            return Err(ParseTaskIdError(()));
        };
        Ok(Self(u64::from(before) << 32 | u64::from(slot)))
    }
}

/// A text is not the id of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTaskIdError(());

impl fmt::Display for ParseTaskIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the id of a task, such as 17.3")
    }
}

impl Error for ParseTaskIdError {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        for id in [TaskId(0), TaskId((3 << 32) + 17), TaskId(u64::MAX)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "17", "17.", ".3", "17.3.1", "+17.3", "017.3", "4294967296.0", "a.b"] {
            assert!(text.parse::<TaskId>().is_err(), "{text}");
        }
    }
}
