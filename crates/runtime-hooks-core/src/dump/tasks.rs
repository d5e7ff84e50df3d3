//! The live tasks that can be asked: one for each slot of the list of live tasks.

use std::fmt;
use std::sync::{Mutex, Weak};

use runtime_hooks_recorder::TaskId;
use runtime_hooks_recorder::internals::{Pages, SlotHandle, lock};

/// A task that can be woken to answer a dump.
pub(crate) trait Askable: Send + Sync {
    /// Stores that the dump of this number asks, and wakes the task. Returns whether it could be woken.
    fn ask(&self, dump: u64) -> bool;
}

/// By slot. A task that has ended stays until the next one has its slot, which costs its memory until then.
static TASKS: Pages<Mutex<Option<Task>>> = Pages::new();

struct Task {
    slot: SlotHandle,
    /// Weak, so that a dump keeps no task alive.
    node: Weak<dyn Askable>,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// The task with this slot is asked through `node`.
pub(crate) fn register(slot: SlotHandle, node: Weak<dyn Askable>) {
    if let Some(mut task) = lock(TASKS.get(slot.index())) {
        *task = Some(Task { slot, node });
    }
}

/// The task with this id, if it can be asked.
pub(super) fn find(id: TaskId) -> Option<(SlotHandle, std::sync::Arc<dyn Askable>)> {
    let task = lock(TASKS.get(id.slot()))?;
    let task = task.as_ref().filter(|task| task.slot.is_of(id))?;
    Some((task.slot, task.node.upgrade()?))
}
