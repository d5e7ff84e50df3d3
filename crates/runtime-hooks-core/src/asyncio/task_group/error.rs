//! The error of a group: the errors of all its failed members.

use std::error::Error;
use std::fmt;

use crate::handle::TaskError;

/// Members of a [`TaskGroup`](crate::TaskGroup) failed. It contains all their errors, in the order in which they
/// failed.
#[derive(Debug)]
pub struct GroupError<E>(Vec<TaskError<E>>);

impl<E> GroupError<E> {
    /// `Ok` if there are no errors.
    pub(super) fn from_errors(errors: Vec<TaskError<E>>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// One error per failed member, in the order in which they failed. There is at least one.
    pub fn errors(&self) -> &[TaskError<E>] {
        &self.0
    }

    /// As [`errors`](Self::errors), by value.
    pub fn into_errors(self) -> Vec<TaskError<E>> {
        self.0
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "{count} {} of a group failed", if count == 1 { "task" } else { "tasks" })?;
        for (place, error) in self.0.iter().enumerate() {
            write!(f, "{} {error}", if place == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

/// Its message contains those of its members' errors, so its source is the source of the first.
impl<E: Error + 'static> Error for GroupError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.first().and_then(Error::source)
    }
}
