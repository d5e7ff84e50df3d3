//! The error of an elapsed deadline.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The deadline elapsed before the future was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(Duration);

impl Elapsed {
    pub(crate) fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// The time limit of the future.
    pub fn duration(&self) -> Duration {
        self.0
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not ready after {:?}", self.0)
    }
}

impl Error for Elapsed {}
