//! The instrumented future: brackets each poll, and changes nothing of what it returns.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::task::waker_ref;
use pin_project_lite::pin_project;
use runtime_hooks_recorder::Outcome;

use super::poll_guard::PollGuard;
use super::record::TaskRecord;
use crate::classify::{AlwaysFinished, Classify, outcome_of};

pin_project! {
    /// A future whose life is recorded: made by [`instrument`](crate::RuntimeHooksExt::instrument),
    /// and inside every task that is spawned.
    ///
    /// It resolves, panics, is cancelled and is woken exactly as the future inside. It is 24 bytes
    /// larger, and as much as its classifier, which by default is nothing.
    // Made where it is, and not by a function: that would copy the future once more.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Instrumented<F, C = AlwaysFinished> {
        // First: a process that is dropped ends before what is inside is dropped.
        pub(crate) record: TaskRecord,
        pub(crate) classify: C,
        #[pin]
        pub(crate) inner: F,
    }
}

impl<F: Future, C: Classify<F::Output>> Future for Instrumented<F, C> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_recorded(this.record, this.classify, this.inner, cx)
    }
}

/// Polls a future whose life `record` records.
#[inline]
pub(crate) fn poll_recorded<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    if record.is_silent() {
        return inner.poll(cx);
    }
    if !record.is_plain() {
        return if record.has_no_node() {
            poll_lazily(record, classify, inner, cx)
        } else {
            poll_beside(record, classify, inner, cx)
        };
    }
    record.run_plainly(|| inner.poll(cx), |result| outcome(classify, result))
}

/// In which outcome the process has ended, if it has.
#[inline]
fn outcome<T>(classify: &impl Classify<T>, result: &Poll<T>) -> Option<Outcome> {
    match result {
        Poll::Ready(output) => Some(outcome_of(classify, output)),
        Poll::Pending => None,
    }
}

/// Polls with a waker that stamps, of a task that has nothing beside it yet.
// Neither this nor `poll_beside` is part of the other, or of what calls them: what they have on the stack is there once
// for each level of futures that await others.
#[inline(never)]
fn poll_lazily<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let poll = |waker: &Waker| inner.poll(&mut Context::from_waker(waker));
    record.run_lazily(cx.waker(), poll, |result| outcome(classify, result))
}

/// Polls with a waker that stamps if wakes are to be stamped, inside what the task carries if it carries.
#[inline(never)]
fn poll_beside<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let run = record.start_woken_by(cx.waker());
    let result = match run.stamping_node() {
        None => poll_inside(&run, inner, cx),
        Some(node) => poll_inside(&run, inner, &mut Context::from_waker(&waker_ref(node))),
    };
    run.stop(outcome(classify, &result));
    result
}

#[inline]
fn poll_inside<F: Future>(
    run: &PollGuard<'_>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    run.enter(|| inner.as_mut().poll(cx))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_is_24_bytes_larger_than_what_it_wraps() {
        assert_eq!(size_of::<Instrumented<[u64; 4]>>(), 32 + 24);
    }
}
