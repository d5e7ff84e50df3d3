//! A future whose process can be told that its deadline has elapsed.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::classify::{AlwaysFinished, Classify};
use crate::submit::is_instrumented;
use crate::task::{TaskRecord, next_drop_is_elapsed, poll_recorded};

pin_project! {
    /// A recorded future under somebody's deadline: made by [`DropIn`](crate::support::DropIn). Once it is over,
    /// drop it.
    // Made where it is, and not by a function: that would copy the future once more.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Deadlined<F, C = AlwaysFinished> {
        // Around `inner`, since fields are dropped in this order: see `DropHint`.
        pub(crate) before: BeforeDeadlined,
        pub(crate) classify: C,
        #[pin]
        pub(crate) inner: F,
        pub(crate) after: AfterDeadlined,
    }
}

impl<F, C> Deadlined<F, C> {
    /// Ends the process: its deadline has elapsed. Without effect once it is over.
    pub fn elapse(self: Pin<&mut Self>) {
        let this = self.project();
        this.before.elapse::<F>(this.after);
    }
}

impl<F: Future, C: Classify<F::Output>> Future for Deadlined<F, C> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.before.poll_classified(this.classify, this.inner, cx)
    }
}

/// What records a future under a deadline, in a struct of its own: made by
/// [`DropIn::deadline`](crate::support::DropIn::deadline). It is a field before the future, [`AfterDeadlined`] one after it.
#[derive(Debug)]
pub struct BeforeDeadlined {
    hint: DropHint,
    record: TaskRecord,
}

/// See [`BeforeDeadlined`].
#[derive(Debug)]
pub struct AfterDeadlined(DropHint);

#[inline]
pub(crate) fn around(record: TaskRecord) -> (BeforeDeadlined, AfterDeadlined) {
    (BeforeDeadlined::new(record), AfterDeadlined::NEW)
}

impl AfterDeadlined {
    pub(crate) const NEW: Self = Self(DropHint::Nothing);
}

impl BeforeDeadlined {
    #[inline]
    pub(crate) fn new(record: TaskRecord) -> Self {
        Self { hint: DropHint::Nothing, record }
    }

    /// Polls the future, and records it.
    #[inline]
    pub fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        self.poll_classified(&AlwaysFinished, future, cx)
    }

    #[inline]
    pub(crate) fn poll_classified<F: Future>(
        &mut self,
        classify: &impl Classify<F::Output>,
        future: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        poll_recorded(&mut self.record, classify, future, cx)
    }

    /// Ends the process: the deadline of its future, which is an `F`, has elapsed. Drop it then.
    pub fn elapse<F>(&mut self, after: &mut AfterDeadlined) {
        self.record.elapse();
        if is_instrumented::<F>() {
            (self.hint, after.0) = (DropHint::Elapsed, DropHint::NotElapsed);
        }
    }
}

/// A word to the record of a future that was instrumented before it got a deadline: its process
/// belongs to it, and cannot be reached from here but by dropping it.
#[derive(Debug)]
enum DropHint {
    Nothing,
    Elapsed,
    NotElapsed,
}

impl Drop for DropHint {
    #[inline]
    fn drop(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Elapsed => next_drop_is_elapsed(true),
            Self::NotElapsed => next_drop_is_elapsed(false),
        }
    }
}
