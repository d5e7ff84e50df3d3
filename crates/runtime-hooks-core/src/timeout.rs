//! A future with a deadline, on any runtime's timer.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::task::{Instrumented, is_instrumented, next_drop_is_elapsed};

pin_project! {
    /// A future with a deadline: made by [`timeout`](crate::RuntimeHooksExt::timeout).
    ///
    /// Resolves to the future's output, or to [`Elapsed`]. Drop it then, as `.await` does: only
    /// that drops the future inside.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Timeout<F, S> {
        // Around `inner`, since fields are dropped in this order: see `Say`.
        before: Say,
        #[pin]
        inner: Instrumented<F>,
        after: Say,
        #[pin]
        sleep: S,
        duration: Duration,
    }
}

impl<F, S> Timeout<F, S> {
    pub(crate) fn new(inner: Instrumented<F>, sleep: S, duration: Duration) -> Self {
        Self { before: Say::Nothing, inner, after: Say::Nothing, sleep, duration }
    }
}

impl<F: Future, S: Future> Future for Timeout<F, S> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.inner.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if this.sleep.poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.inner.elapse();
        if is_instrumented::<F>() {
            (*this.before, *this.after) = (Say::Elapsed, Say::NotElapsed);
        }
        Poll::Ready(Err(Elapsed(*this.duration)))
    }
}

/// A word to the probe of a future that was instrumented before it got a deadline: its process
/// belongs to it, and cannot be reached from here but by dropping it.
#[derive(Debug)]
enum Say {
    Nothing,
    Elapsed,
    NotElapsed,
}

impl Drop for Say {
    #[inline]
    fn drop(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Elapsed => next_drop_is_elapsed(true),
            Self::NotElapsed => next_drop_is_elapsed(false),
        }
    }
}

/// A deadline passed before the future was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(Duration);

impl Elapsed {
    /// How long the future was given.
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
