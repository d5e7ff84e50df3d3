//! A poll while a task dump is in progress.
//!
//! A task that was asked is polled as always, and then once more with a waker that walks the stack. A poll is counted if
//! the program woke the task, if it is the first one, or if the task ends in it.

use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::task::waker_ref;
use runtime_hooks_recorder::Outcome;

use super::lazy_waker::LazyWaker;
use super::poll::{outcome, poll_now};
use super::record::TaskRecord;
use super::tag::RecordFlags;
use super::timeline::Phase;
use crate::classify::Classify;
use crate::dump::{self, Answer, Mode, with_mode, with_trace_waker};

/// As [`poll_recorded`](super::poll_recorded), while a dump is in progress.
#[cold]
#[inline(never)]
pub(super) fn poll_in_dump<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    dump::end_if_over();
    let outer = dump::mode();
    let is_traced = matches!(outer, Mode::Tracing(_));
    let asked = record.take_asked().zip(record.slot());
    let is_first = record.is_submitted();
    let skipped = dump::found();
    let result = if is_traced {
        // A task outside is traced: what this one adds is in both answers.
        if is_first || record.is_woken() {
            poll_now(record, classify, inner.as_mut(), cx)
        } else {
            poll_uncounted(record, classify, inner.as_mut(), cx, true)
        }
    } else if is_first || record.is_woken() || !is_of_dump(record, outer, asked.is_some()) {
        with_mode(Mode::Counted, || poll_now(record, classify, inner.as_mut(), cx))
    } else {
        with_mode(Mode::Uncounted, || poll_uncounted(record, classify, inner.as_mut(), cx, false))
    };
    let Some((number, slot)) = asked else { return result };
    let result = if result.is_pending() && !is_traced {
        dump::reserve();
        poll_uncounted(record, classify, inner, cx, true)
    } else {
        result
    };
    let found = dump::collect(skipped, !is_traced);
    let answer = if result.is_ready() { Answer::Ended } else { Answer::Waits(found) };
    dump::answer(number, slot, answer);
    result
}

/// Whether a poll that no wake of the program preceded is due to a dump: the one that asks, or one that woke the task and
/// is over.
fn is_of_dump(record: &TaskRecord, outer: Mode, is_asked: bool) -> bool {
    match outer {
        // A task outside is polled as always, and polls all that is inside.
        Mode::Counted => false,
        Mode::Uncounted => true,
        _ => is_asked || record.take_woken_by_dump(),
    }
}

/// Polls. The poll is counted only if the task ends in it.
fn poll_uncounted<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
    is_traced: bool,
) -> Poll<F::Output> {
    let mut poll = |waker: &Waker| inner.as_mut().poll(&mut Context::from_waker(waker));
    let poll = |waker: &Waker| {
        if is_traced { with_trace_waker(waker, &mut poll) } else { poll(waker) }
    };
    record.poll_uncounted(cx.waker(), poll, |result| outcome(classify, result))
}

impl TaskRecord {
    /// Whether the task was not polled yet.
    fn is_submitted(&self) -> bool {
        self.tag.phase() == Phase::Submitted
    }

    /// Polls with the waker and in the context of a poll that counts.
    fn poll_uncounted<T>(
        &mut self,
        waker: &Waker,
        mut poll: impl FnMut(&Waker) -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let since = self.now();
        let is_stamped = self.tag.wants(RecordFlags::WAKES);
        // The waker of an outer task that is traced lives as long as its poll only.
        if is_stamped && !matches!(dump::mode(), Mode::Tracing(_)) {
            self.move_to(waker);
        }
        if let Some(node) = &self.node {
            node.asked().set_polled(true);
        }
        let uncounted = Uncounted { record: self, since };
        let record = &*uncounted.record;
        let (result, made) = match &record.node {
            None if is_stamped => {
                let lazy = LazyWaker::new(waker, record.tag, record.origin);
                (lazy.with_waker(poll), lazy.into_node())
            }
            Some(node) if is_stamped => (record.enter(|| poll(&waker_ref(node))), None),
            _ => (record.enter(|| poll(waker)), None),
        };
        let Uncounted { ref mut record, .. } = *uncounted.disarm();
        if let Some(node) = &record.node {
            node.asked().set_polled(false);
        }
        if made.is_some() {
            record.node = made;
            record.register();
        }
        if let Some(outcome) = outcome(&result) {
            record.start_at(since).stop(Some(outcome));
        }
        result
    }
}

/// A poll that is not counted. If it is dropped without `disarm`, the task has panicked.
struct Uncounted<'p> {
    record: &'p mut TaskRecord,
    since: u64,
}

impl Uncounted<'_> {
    fn disarm(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }
}

impl Drop for Uncounted<'_> {
    #[cold]
    fn drop(&mut self) {
        drop(self.record.start_at(self.since));
    }
}
