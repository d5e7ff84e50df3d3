//! One poll of a task, from start to stop: a guard, so that a panic ends the task too.

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

/// One uninterrupted poll of a task, or the run of a closure. Stop it, or its drop counts as a panic.
pub(crate) struct PollGuard<'p> {
    record: &'p mut TaskRecord,
    since: u64,
    runnable_since: Option<u64>,
}

impl TaskRecord {
    /// A poll starts.
    #[inline]
    pub(crate) fn start(&mut self) -> PollGuard<'_> {
        if self.tag.wants(RecordFlags::TIMES) {
            return self.start_timed();
        }
        // Counts alone need no time but at the end.
        let (phase, _) = step(self.tag.phase(), || 0, Event::Start { woke: None }, 0);
        self.tag = self.tag.with_phase(phase);
        PollGuard { record: self, since: 0, runnable_since: None }
    }

    fn start_timed(&mut self) -> PollGuard<'_> {
        let now = self.now();
        let woke = self.node.as_ref().and_then(|node| node.take_runnable_since());
        let (phase, begun) =
            step(self.tag.phase(), || self.submitted(), Event::Start { woke }, now);
        self.tag = self.tag.with_phase(phase);
        if let Some(slot) = self.slot() {
            slot.start(begun.schedule.map(|(from, _)| from), now);
        }
        let runnable_since = match begun.schedule {
            Some((from, _)) if self.tag.wants(RecordFlags::DELAYS.and(RecordFlags::TOLD)) => {
                Some(from)
            }
            _ => None,
        };
        PollGuard { record: self, since: now, runnable_since }
    }

    /// A poll starts that is woken by `waker`, of a task that has a node.
    #[inline]
    pub(crate) fn start_woken_by(&mut self, waker: &Waker) -> PollGuard<'_> {
        let is_stamped = self.tag.wants(RecordFlags::WAKES);
        if let (Some(node), true) = (&mut self.node, is_stamped)
            && !node.forwards_to(waker)
        {
            *node = node.moved_to(waker);
        }
        self.start()
    }

    /// A poll of a task that has no node, of which no delay is timed and nobody told, as of most tasks: what
    /// [`start`](Self::start) and [`stop`](PollGuard::stop) would do, without what cannot be.
    #[inline]
    pub(crate) fn run_plainly<T>(
        &mut self,
        poll: impl FnOnce() -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let is_timed = self.tag.wants(RecordFlags::POLLS);
        let since = if is_timed { self.now() } else { 0 };
        let (phase, _) = step(self.tag.phase(), || 0, Event::Start { woke: None }, since);
        self.tag = self.tag.with_phase(phase);
        let run = PlainGuard { record: self, since };
        let result = poll();
        let PlainGuard { ref mut record, since } = *run.dissolve();
        match outcome(&result) {
            Some(outcome) => match OutcomeId::of_no_error(outcome) {
                Some(number) => record.over(since, None, number),
                None => record.over_with_error(since, None, outcome),
            },
            None if is_timed => record.pause_plainly(since),
            None => record.rest(),
        }
        result
    }

    /// A poll of a task that is woken by `waker` and has no node yet: the node that stamps its wakes is only made if
    /// somebody keeps the waker that `poll` gets.
    #[inline]
    pub(crate) fn run_lazily<T>(
        &mut self,
        waker: &Waker,
        poll: impl FnOnce(&Waker) -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let lazy = LazyWaker::new(waker, self.tag, self.slot());
        let run = self.start();
        let result = lazy.lend(poll);
        run.record.node = lazy.into_node();
        run.stop(outcome(&result));
        result
    }

    /// Goes on with a poll that was suspended.
    pub(crate) fn resume(&mut self, suspended: SuspendedPoll) -> PollGuard<'_> {
        let SuspendedPoll { since, runnable_since } = suspended;
        PollGuard { record: self, since, runnable_since }
    }
}

impl PollGuard<'_> {
    /// The node that stamps wakes, where they are stamped.
    #[inline]
    pub(crate) fn stamping_node(&self) -> Option<&Arc<WakerNode>> {
        let is_stamped = self.record.tag.wants(RecordFlags::WAKES);
        self.record.node.as_ref().filter(|_| is_stamped)
    }

    /// Calls `work` inside what the task carries.
    ///
    /// A panic of the task passes by what is carried: it goes on when that has been left.
    #[inline]
    pub(crate) fn enter<T>(&self, mut work: impl FnMut() -> T) -> T {
        let Some(carried) = self.record.node.as_ref().and_then(|node| node.carried()) else {
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
            // It was not called, since a tracer panicked before, or is switched off.
            None => work(),
        }
    }

    /// From here on a drop is not a panic.
    #[inline]
    fn dissolve(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }

    /// The poll has ended. If there is an outcome, the task has too.
    #[inline]
    pub(crate) fn stop(self, ended: Option<Outcome>) {
        let PollGuard { ref mut record, since, runnable_since } = *self.dissolve();
        if let Some(outcome) = ended {
            match OutcomeId::of_no_error(outcome) {
                Some(number) => record.over(since, runnable_since, number),
                None => record.over_with_error(since, runnable_since, outcome),
            }
        } else if record.tag.wants(RecordFlags::TIMES) {
            record.pause(since, runnable_since);
        } else {
            record.rest();
        }
    }

    /// Lets go of the record until [`resume`](TaskRecord::resume).
    pub(crate) fn suspend(self) -> SuspendedPoll {
        let run = self.dissolve();
        SuspendedPoll { since: run.since, runnable_since: run.runnable_since }
    }
}

impl Drop for PollGuard<'_> {
    #[cold]
    fn drop(&mut self) {
        self.record.panicked(self.since, self.runnable_since);
    }
}

/// A [`PollGuard`] of a task that has no node: no more than that takes, since it is on the stack of what the poll does,
/// once for each level of futures that await others.
struct PlainGuard<'p> {
    record: &'p mut TaskRecord,
    since: u64,
}

impl PlainGuard<'_> {
    /// From here on a drop is not a panic.
    #[inline]
    fn dissolve(self) -> ManuallyDrop<Self> {
        ManuallyDrop::new(self)
    }
}

impl Drop for PlainGuard<'_> {
    #[cold]
    fn drop(&mut self) {
        self.record.panicked(self.since, None);
    }
}

/// A poll whose guard is not held: what a [`PollGuard`] knows beside the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SuspendedPoll {
    since: u64,
    runnable_since: Option<u64>,
}
