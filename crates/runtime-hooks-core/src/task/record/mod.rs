//! The record of one task, from submission to end.

#[cfg(feature = "dump")]
mod dump;
mod ends;
mod submit;

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use runtime_hooks_recorder::internals::{SlotHandle, process_clock, with_table};

use super::origin::Origin;
use super::tag::{RecordFlags, Tag};
use super::timeline::Phase;
use super::waker::WakerNode;

/// The record of a task: 24 bytes next to its future.
#[derive(Debug)]
pub(crate) struct TaskRecord {
    pub(super) origin: Origin,
    pub(super) tag: Tag,
    /// Created if wakes are stamped or the task carries a context.
    pub(super) node: Option<Arc<WakerNode>>,
}

// A panic cannot leave the record in a partial state, so the future stays as unwind safe as it was.
impl UnwindSafe for TaskRecord {}
impl RefUnwindSafe for TaskRecord {}

impl TaskRecord {
    /// A record that does nothing.
    pub(crate) const fn off() -> Self {
        Self { origin: Origin::NONE, tag: Tag::OFF, node: None }
    }

    /// The record of a task whose method is not instrumented, while recording is on.
    #[inline]
    pub(crate) const fn unrecorded() -> Self {
        Self { origin: Origin::NONE, tag: Tag::OFF.with_phase(Phase::Unrecorded), node: None }
    }

    /// A wake since the last poll does not start a schedule delay.
    pub(crate) fn forget_wake(&self) {
        if let Some(node) = &self.node {
            node.take_runnable_since();
        }
    }

    /// Does not stamp wakes of the task.
    pub(crate) fn ignore_wakes(&mut self) {
        self.tag = self.tag.without(RecordFlags::WAKES);
    }

    /// Whether nothing is left to record.
    #[inline]
    pub(crate) fn is_silent(&self) -> bool {
        self.tag.is_silent()
    }

    /// Whether a poll only needs a start and a stop: no stamping waker and no context.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.node.is_none() && !self.tag.wants(RecordFlags::WAKES)
    }

    /// Whether a task with a node has it only for its context: then nothing else is recorded of it than of a plain task.
    #[inline]
    pub(crate) fn is_plain_in_context(&self) -> bool {
        !self.tag.wants(RecordFlags::NOT_PLAIN)
    }

    /// Whether there is no context and no wake has been stamped.
    #[inline]
    pub(crate) fn has_no_node(&self) -> bool {
        self.node.is_none()
    }

    /// The slot of the task in the list of live tasks.
    #[inline]
    pub(super) fn slot(&self) -> Option<SlotHandle> {
        self.origin.slot(self.tag)
    }

    /// Makes the task one that a dump can ask. Not without the feature.
    #[cfg(not(feature = "dump"))]
    #[expect(clippy::unused_self, reason = "a record with the feature needs it")]
    #[inline]
    pub(super) fn register(&self) {}

    #[inline]
    pub(super) fn submitted(&self) -> u64 {
        self.origin.tick(self.tag, self.awaits_first_run())
    }

    /// Whether the duration is measured from the first run, and there was none yet.
    #[inline]
    pub(in crate::task) fn awaits_first_run(&self) -> bool {
        self.tag.wants(RecordFlags::FIRST_RUN) && self.tag.phase() == Phase::Submitted
    }

    /// Measures the duration from now on, instead of from the submission.
    #[cold]
    pub(super) fn restart(&mut self, now: u64) {
        match self.slot() {
            None => {
                self.origin = Origin::from_bits(now);
                if let Some(node) = &self.node {
                    node.restart(self.origin);
                }
            }
            Some(slot) => slot.set_first_run(now),
        }
    }

    #[inline]
    pub(super) fn now(&self) -> u64 {
        if self.tag.wants(RecordFlags::PROCESS_CLOCK) {
            process_clock().now()
        } else {
            self.now_by_own_clock()
        }
    }

    #[cold]
    #[inline(never)]
    fn now_by_own_clock(&self) -> u64 {
        match &self.node {
            // The node has the clock even if the recorder was dropped.
            Some(node) => node.clock().now(),
            None => with_table(self.tag.recorder(), |entry| entry.clock().now()).unwrap_or(0),
        }
    }
}

impl Drop for TaskRecord {
    #[inline]
    fn drop(&mut self) {
        if self.tag.handles_drop() {
            self.dropped();
        }
    }
}
