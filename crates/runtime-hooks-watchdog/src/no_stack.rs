//! On this platform the stack of another thread cannot be read.

use std::convert::Infallible;

use crate::stack::Captured;

#[derive(Debug)]
pub(crate) struct StackReader;

/// There is no signal.
pub(crate) type SignalError = Infallible;

impl StackReader {
    pub(crate) fn new(_: Option<&str>) -> Result<Self, SignalError> {
        Ok(Self)
    }

    pub(crate) fn read(&mut self, _: u32, _: u64) -> Captured {
        Captured::failed("only on Linux on x86-64")
    }
}
