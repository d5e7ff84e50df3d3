//! The clock of a task.

use runtime_hooks_recorder::Clock;
use runtime_hooks_recorder::internals::with_table;

use super::tag::{RecordFlags, Tag};

/// The recorder's clock, unless it is the process's clock.
#[inline]
pub(super) fn own_clock(tag: Tag) -> Option<Box<Clock>> {
    if tag.wants(RecordFlags::PROCESS_CLOCK) { None } else { clock_of(tag) }
}

#[cold]
fn clock_of(tag: Tag) -> Option<Box<Clock>> {
    with_table(tag.recorder(), |entry| Box::new(entry.clock().clone()))
}
