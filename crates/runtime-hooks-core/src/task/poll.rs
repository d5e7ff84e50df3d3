//! One poll of a recorded future: with a stamping waker if wakes are stamped, and in the task's context if there is one.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::task::waker_ref;
use runtime_hooks_recorder::Outcome;

use super::poll_guard::PollGuard;
use super::record::TaskRecord;
use crate::classify::{Classify, outcome_of};

/// Polls a future that `record` records, which has not ended. It is polled like this while a task dump is in progress too.
#[inline]
pub(super) fn poll_now<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    if !record.is_plain() {
        return if record.has_no_node() {
            poll_lazily(record, classify, inner, cx)
        } else if record.is_plain_in_context() {
            poll_in_context(record, classify, inner, cx)
        } else {
            poll_beside(record, classify, inner, cx)
        };
    }
    record.poll_plainly(|| inner.poll(cx), |result| outcome(classify, result))
}

/// The outcome of the task, if it has ended.
#[inline]
pub(super) fn outcome<T>(classify: &impl Classify<T>, result: &Poll<T>) -> Option<Outcome> {
    match result {
        Poll::Ready(output) => Some(outcome_of(classify, output)),
        Poll::Pending => None,
    }
}

/// Polls with a stamping waker, for a task without a node.
// Neither this function nor the next ones are inlined: their stack frames are needed once per level of nested futures.
#[inline(never)]
fn poll_lazily<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let poll = |waker: &Waker| inner.poll(&mut Context::from_waker(waker));
    record.poll_lazily(cx.waker(), poll, |result| outcome(classify, result))
}

/// Polls in the task's context, for a task of which nothing else is recorded than of a plain one.
#[inline(never)]
fn poll_in_context<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    record.poll_in_context(|| inner.as_mut().poll(cx), |result| outcome(classify, result))
}

/// Polls with a stamping waker if wakes are stamped, and in the task's context if there is one.
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
