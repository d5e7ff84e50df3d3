//! A guard for one poll of a task, so that a panic ends the task too.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::Waker;

use runtime_hooks_recorder::Outcome;
use runtime_hooks_recorder::internals::OutcomeId;

use super::lazy_waker::LazyWaker;
use super::record::TaskRecord;
use super::tag::RecordFlags;
use super::timeline::{Event, step};
use super::waker::WakerNode;

/// One poll of a task, or the run of a closure. If it is dropped without `stop`, the task has panicked.
pub(crate) struct PollGuard<'p> {
    record: &'p mut TaskRecord,
    since: u64,
    runnable_since: Option<u64>,
}

impl TaskRecord {
    /// Starts a poll.
    #[inline]
    pub(crate) fn start(&mut self) -> PollGuard<'_> {
        if self.tag.wants(RecordFlags::TIMES) {
            return self.start_timed();
        }
        // The level `Counts` reads the clock only at the end.
        let (phase, _) = step(self.tag.phase(), || 0, Event::Start { woke: None }, 0);
        self.tag = self.tag.with_phase(phase);
        PollGuard { record: self, since: 0, runnable_since: None }
    }

    fn start_timed(&mut self) -> PollGuard<'_> {
        let now = self.now();
        let woke = self.node.as_ref().and_then(|node| node.take_runnable_since());
        let (phase, begun) =
            step(self.tag.phase(), || self.submitted(), Event::Start { woke }, now);
        if self.awaits_first_run() {
            self.restart(now);
        }
        self.tag = self.tag.with_phase(phase);
        if let Some(slot) = self.slot() {
            slot.start(begun.schedule.map(|(from, _)| from), now);
        }
        let runnable_since = match begun.schedule {
            Some((from, _)) if self.tag.wants(RecordFlags::DELAYS.and(RecordFlags::NOTIFY)) => {
                Some(from)
            }
            _ => None,
        };
        PollGuard { record: self, since: now, runnable_since }
    }

    /// Starts a poll with `waker`, of a task that has a node.
    #[inline]
    pub(crate) fn start_woken_by(&mut self, waker: &Waker) -> PollGuard<'_> {
        if self.tag.wants(RecordFlags::WAKES) {
            self.move_to(waker);
        }
        self.start()
    }

    /// Makes wakes reach `waker`, if the task has a node.
    #[inline]
    pub(in crate::task) fn move_to(&mut self, waker: &Waker) {
        if let Some(node) = &mut self.node
            && !node.forwards_to(waker)
        {
            *node = node.moved_to(waker);
            self.register();
        }
    }

    /// Starts a poll that has run since the tick `since` already. Its schedule delay is not known.
    #[cfg(feature = "dump")]
    pub(in crate::task) fn start_at(&mut self, since: u64) -> PollGuard<'_> {
        self.forget_wake();
        let mut run = self.start();
        if run.record.tag.wants(RecordFlags::TIMES) {
            run.since = since;
        }
        run
    }

    /// Polls a task that has no node, no timed delay and no context, as most tasks. Same as [`start`](Self::start)
    /// and [`stop`](PollGuard::stop), without the branches for those.
    #[inline]
    pub(crate) fn poll_plainly<T>(
        &mut self,
        poll: impl FnOnce() -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let (run, is_timed) = self.start_plainly();
        let result = poll();
        let PlainGuard { ref mut record, since } = *run.disarm();
        match outcome(&result) {
            Some(outcome) => match OutcomeId::of_no_error(outcome) {
                Some(number) => {
                    record.ended_plainly(since, number);
                }
                None => record.ended_with_error(since, None, outcome),
            },
            None if is_timed => record.pause_plainly(since),
            None => record.pause_untimed(),
        }
        result
    }

    /// As [`poll_plainly`](Self::poll_plainly), in the task's context.
    #[inline]
    pub(crate) fn poll_in_context<T>(
        &mut self,
        poll: impl FnMut() -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let (run, is_timed) = self.start_plainly();
        let result = run.record.enter(poll);
        let PlainGuard { ref mut record, since } = *run.disarm();
        match outcome(&result) {
            Some(outcome) => match OutcomeId::of_no_error(outcome) {
                Some(number) => record.ended_in_context(since, number),
                None => record.ended_with_error(since, None, outcome),
            },
            None if is_timed => record.pause_plainly(since),
            None => record.pause_untimed(),
        }
        result
    }

    /// Starts a poll of a plain task. Returns whether it is timed.
    #[inline]
    fn start_plainly(&mut self) -> (PlainGuard<'_>, bool) {
        let is_timed = self.tag.wants(RecordFlags::POLLS);
        let since = if is_timed { self.now() } else { 0 };
        let (phase, _) = step(self.tag.phase(), || 0, Event::Start { woke: None }, since);
        self.tag = self.tag.with_phase(phase);
        (PlainGuard { record: self, since }, is_timed)
    }

    /// Calls `work` in the task's context, if there is one.
    ///
    /// A panic of the task bypasses the context: it is resumed after the context has been left.
    #[inline]
    pub(in crate::task) fn enter<T>(&self, mut work: impl FnMut() -> T) -> T {
        let Some(carried) = self.node.as_ref().and_then(|node| node.carried()) else {
            return work();
        };
        let mut result = None;
        carried.try_enter(&mut || {
            if result.is_none() {
                result = Some(catch_unwind(AssertUnwindSafe(&mut work)));
            }
        });
        match result {
            Some(Ok(output)) => output,
            Some(Err(panic)) => resume_unwind(panic),
            // The context did not call it: its tracer panicked or is disabled.
            None => work(),
        }
    }

    /// Polls a task that has no node yet. A node that stamps wakes is only created if the waker passed to `poll` is
    /// cloned or woken.
    #[inline]
    pub(crate) fn poll_lazily<T>(
        &mut self,
        waker: &Waker,
        poll: impl FnOnce(&Waker) -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let run = self.start();
        let lazy = LazyWaker::new(waker, run.record.tag, run.record.origin);
        let result = lazy.with_waker(poll);
        run.record.node = lazy.into_node();
        run.record.register();
        run.stop(outcome(&result));
        result
    }

    /// Continues a suspended poll.
    pub(crate) fn resume(&mut self, suspended: SuspendedPoll) -> PollGuard<'_> {
        let SuspendedPoll { since, runnable_since } = suspended;
        PollGuard { record: self, since, runnable_since }
    }
}

impl PollGuard<'_> {
    /// The node that stamps wakes, if they are stamped.
    #[inline]
    pub(crate) fn stamping_node(&self) -> Option<&Arc<WakerNode>> {
        let is_stamped = self.record.tag.wants(RecordFlags::WAKES);
        self.record.node.as_ref().filter(|_| is_stamped)
    }

    /// Calls `work` in the task's context.
    #[inline]
    pub(crate) fn enter<T>(&self, work: impl FnMut() -> T) -> T {
        self.record.enter(work)
    }

    /// Disarms the guard: after this a drop is not a panic.
    #[inline]
    fn disarm(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }

    /// The poll has ended. If there is an outcome, the task has ended too.
    #[inline]
    pub(crate) fn stop(self, ended: Option<Outcome>) {
        let PollGuard { ref mut record, since, runnable_since } = *self.disarm();
        if let Some(outcome) = ended {
            match OutcomeId::of_no_error(outcome) {
                Some(number) => record.ended_with(since, runnable_since, number),
                None => record.ended_with_error(since, runnable_since, outcome),
            }
        } else if record.tag.wants(RecordFlags::TIMES) {
            record.pause(since, runnable_since);
        } else {
            record.pause_untimed();
        }
    }

    /// Releases the record until [`resume`](TaskRecord::resume).
    pub(crate) fn suspend(self) -> SuspendedPoll {
        let run = self.disarm();
        SuspendedPoll { since: run.since, runnable_since: run.runnable_since }
    }
}

impl Drop for PollGuard<'_> {
    #[cold]
    fn drop(&mut self) {
        self.record.panicked(self.since, self.runnable_since);
    }
}

/// A [`PollGuard`] of a task without a node. It is as small as possible, since it is on the stack during the poll,
/// once per level of nested futures.
struct PlainGuard<'p> {
    record: &'p mut TaskRecord,
    since: u64,
}

impl PlainGuard<'_> {
    /// Disarms the guard: after this a drop is not a panic.
    #[inline]
    fn disarm(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }
}

impl Drop for PlainGuard<'_> {
    #[cold]
    fn drop(&mut self) {
        self.record.panicked(self.since, None);
    }
}

/// A poll without its guard: the data of a [`PollGuard`] except for the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SuspendedPoll {
    since: u64,
    runnable_since: Option<u64>,
}
