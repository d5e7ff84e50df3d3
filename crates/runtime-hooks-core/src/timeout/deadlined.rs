//! A recorded future with a deadline that other code measures.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::classify::{AlwaysFinished, Classify};
use crate::submit::is_instrumented;
use crate::task::{TaskRecord, next_drop_is_elapsed, poll_recorded};

pin_project! {
    /// A recorded future with a deadline that other code measures: returned by [`DropIn`](crate::support::DropIn). Drop it once
    /// it has ended.
    // Built in place instead of by a function, which would copy the future once more.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Deadlined<F, C = AlwaysFinished> {
        // Before `inner`, and `after` behind it, since fields are dropped in this order: see `DropHint`.
        pub(crate) before: BeforeDeadlined,
        pub(crate) classify: C,
        #[pin]
        pub(crate) inner: F,
        pub(crate) after: AfterDeadlined,
    }
}

impl<F, C> Deadlined<F, C> {
    /// Ends the task, since its deadline has elapsed. It has no effect on a task that has ended.
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

/// Records a future with a deadline, in a custom struct: returned by [`DropIn::deadline`](crate::support::DropIn::deadline).
/// It must be a field before the future, and [`AfterDeadlined`] a field after it.
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

    /// Polls the future and records it.
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

    /// Ends the task: the deadline of its future, of type `F`, has elapsed. Drop the future after this.
    pub fn elapse<F>(&mut self, after: &mut AfterDeadlined) {
        self.record.elapse();
        if is_instrumented::<F>() {
            (self.hint, after.0) = (DropHint::Elapsed, DropHint::NotElapsed);
        }
    }
}

/// Tells the record of a future that was instrumented before it got a deadline whether the deadline drops it. The task
/// belongs to that future, and dropping it is the only way to reach its record from here.
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
