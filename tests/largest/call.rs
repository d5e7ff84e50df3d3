//! A call to measure, and the large future that is passed to it.

use std::pin::Pin;
use std::task::{Context, Poll};

/// The size of a future in bytes. It is large, so that one more copy than the runtime's own call makes is measurable.
pub(crate) const SIZE: usize = 128 << 10;

/// A call and the corresponding call of the runtime.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// The limit of its stack, as a multiple of the stack of the runtime's own call.
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
