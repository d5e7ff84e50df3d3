//! What a task dump needs of a record.

use std::sync::Arc;

use super::TaskRecord;
use crate::dump;

impl TaskRecord {
    /// From now on the task can be asked, if it has a node and is in the list of live tasks.
    #[inline]
    pub(in crate::task) fn register(&self) {
        if let (Some(slot), Some(node)) = (self.slot(), &self.node) {
            let node = Arc::downgrade(node);
            dump::register(slot, node);
        }
    }

    /// The number of the dump that asks this task. Resets it.
    pub(in crate::task) fn take_asked(&self) -> Option<u64> {
        self.node.as_ref()?.asked().take()
    }

    /// Whether a dump has woken the task. Resets it.
    pub(in crate::task) fn take_woken_by_dump(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.asked().take_woken())
    }

    /// Whether the program has woken the task since its last poll started.
    pub(in crate::task) fn is_woken(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.is_woken())
    }
}
