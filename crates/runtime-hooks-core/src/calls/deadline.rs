//! A future whose process can be told that its deadline has elapsed.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::classify::{Classify, Returned};
use crate::task::{Instrumented, is_instrumented, next_drop_is_elapsed};

pin_project! {
    /// A recorded future under somebody's deadline: made by [`DropIn`](crate::DropIn). Once it is over,
    /// drop it.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Deadlined<F, C = Returned> {
        // Around `inner`, since fields are dropped in this order: see `Say`.
        before: Say,
        #[pin]
        inner: Instrumented<F, C>,
        after: Say,
    }
}

impl<F, C> Deadlined<F, C> {
    #[inline]
    pub(crate) fn new(inner: Instrumented<F, C>) -> Self {
        Self { before: Say::Nothing, inner, after: Say::Nothing }
    }

    /// Ends the process: its deadline has elapsed. Without effect once it is over.
    pub fn elapse(self: Pin<&mut Self>) {
        self.elapse_of::<F>();
    }

    /// The same if `F` is a timeout of the runtime's around a `T`: where `T` records itself, it is told.
    pub fn elapse_of<T>(self: Pin<&mut Self>) {
        let this = self.project();
        this.inner.elapse();
        if is_instrumented::<T>() {
            (*this.before, *this.after) = (Say::Elapsed, Say::NotElapsed);
        }
    }

    /// The future inside.
    pub fn get_ref(&self) -> &F {
        self.inner.get_ref()
    }

    /// The future inside.
    pub fn get_mut(&mut self) -> &mut F {
        self.inner.get_mut()
    }

    /// The future inside, no longer recorded: its process, if it is not over, is cancelled.
    pub fn into_inner(self) -> F {
        self.inner.into_inner()
    }
}

impl<F: Future, C: Classify<F::Output>> Future for Deadlined<F, C> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
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
