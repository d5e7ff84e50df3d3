//! A call to measure, and the large future that it gets.

use std::pin::Pin;
use std::task::{Context, Poll};

/// The size of a future, in bytes: one copy more than the runtime's own call makes is more than anything else.
pub(crate) const SIZE: usize = 128 << 10;

/// A call beside the runtime's own.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// How many times the stack of the runtime's own call it may take.
    pub(crate) factor: usize,
    pub(crate) bare: fn(),
    pub(crate) ours: fn(),
}

pub(crate) struct Large(pub(crate) [u8; SIZE]);

pub(crate) fn large() -> Large {
    Large([0; SIZE])
}

impl Future for Large {
    type Output = Result<u8, std::io::Error>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(self.0[SIZE - 1]))
    }
}
