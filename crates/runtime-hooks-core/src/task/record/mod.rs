//! What is recorded of one task, from its submission to its end.

mod ends;
mod submit;

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use runtime_hooks_recorder::internals::{SlotHandle, process_clock, with_table};

use super::tag::{RecordFlags, Tag};
use super::timeline::Phase;
use super::waker::WakerNode;

/// The record of a task: 24 bytes beside its future.
#[derive(Debug)]
pub(crate) struct TaskRecord {
    /// When the task was submitted. A task in the list of live tasks has its slot here, which has the time.
    origin: u64,
    pub(super) tag: Tag,
    /// Made where wakes are stamped or something is carried.
    pub(super) node: Option<Arc<WakerNode>>,
}

// What is recorded is whole at every moment, so a panic breaks nothing: the future stays as unwind safe as it was.
impl UnwindSafe for TaskRecord {}
impl RefUnwindSafe for TaskRecord {}

impl TaskRecord {
    /// Records nothing.
    pub(crate) const fn off() -> Self {
        Self { origin: 0, tag: Tag::OFF, node: None }
    }

    /// Of a task whose method is not instrumented, while others are.
    #[inline]
    pub(crate) const fn unrecorded() -> Self {
        Self { origin: 0, tag: Tag::OFF.with_phase(Phase::Unrecorded), node: None }
    }

    /// Stamps no wakes of the task.
    pub(crate) fn leave_wakes_alone(&mut self) {
        self.tag = self.tag.without(RecordFlags::WAKES);
    }

    /// Whether nothing is left to record.
    #[inline]
    pub(crate) fn is_silent(&self) -> bool {
        self.tag.is_silent()
    }

    /// Whether a poll needs no more than a start and a stop: no waker that stamps, nothing to enter.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.node.is_none() && !self.tag.wants(RecordFlags::WAKES)
    }

    /// Whether nothing is carried, and no wake was stamped yet.
    #[inline]
    pub(crate) fn has_no_node(&self) -> bool {
        self.node.is_none()
    }

    /// The slot of the task in the list of live tasks.
    #[inline]
    pub(super) fn slot(&self) -> Option<SlotHandle> {
        self.tag.wants(RecordFlags::LIVE).then(|| SlotHandle::from_bits(self.origin))
    }

    #[inline]
    pub(super) fn submitted(&self) -> u64 {
        self.slot().map_or(self.origin, SlotHandle::submitted)
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
            // It has the clock also when the recorder is gone.
            Some(node) => node.clock().now(),
            None => with_table(self.tag.recorder(), |entry| entry.clock().now()).unwrap_or(0),
        }
    }
}

impl Drop for TaskRecord {
    #[inline]
    fn drop(&mut self) {
        if self.tag.heeds_drop() {
            self.dropped();
        }
    }
}
