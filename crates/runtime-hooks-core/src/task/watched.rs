//! What the thread of a poll runs, for a watchdog.

use runtime_hooks_recorder::internals::{Call, unless_exiting};

use super::record::TaskRecord;
use super::tag::RecordFlags;
use super::waker::WakerNode;
use crate::running::{Before, Run, ThreadRecord, with_this_thread};

/// A poll, or a blocking closure, from its start to its end.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub(crate) struct Watched {
    thread: &'static ThreadRecord,
    before: Before,
    is_closure: bool,
}

impl Watched {
    /// This thread polls a task. `None` if its thread-locals are being destroyed.
    /// The frames of the poll lie below the address `stack`.
    #[inline]
    pub(crate) fn poll(record: &TaskRecord, stack: usize) -> Option<Self> {
        with_this_thread(|thread| {
            let before = thread.start(&record.as_run(stack as u64));
            Self { thread, before, is_closure: false }
        })
    }

    /// This thread runs a blocking closure: nothing in it holds a worker.
    pub(super) fn closure() -> Option<Self> {
        with_this_thread(|thread| {
            let before = thread.start_blocking();
            Self { thread, before, is_closure: true }
        })
    }
}

impl Drop for Watched {
    #[inline]
    fn drop(&mut self) {
        if self.is_closure {
            self.thread.stop_blocking(&self.before);
        } else {
            self.thread.stop(&self.before);
        }
    }
}

impl TaskRecord {
    #[inline]
    fn as_run(&self, stack: u64) -> Run {
        let ids = self.node.as_ref().map_or([0; 3], |node| node.trace_words());
        let slot = if self.tag.wants(RecordFlags::LIVE) { self.origin.bits() } else { 0 };
        Run { of: Run::of(self.tag.recorder(), self.tag.series()), slot, stack, ids }
    }
}

impl WakerNode {
    /// The ids of the task's span, which never change. 0 where there is none.
    #[inline]
    fn trace_words(&self) -> [u64; 3] {
        let Some(carried) = self.carried() else { return [0; 3] };
        // Not `get_or_init`: the context is code of the program.
        if let Some(words) = self.trace_ids.get() {
            return *words;
        }
        let ids = unless_exiting(Call::Enter, || carried.trace_ids()).flatten();
        let words = Run::words_of(ids);
        let _ = self.trace_ids.set(words);
        words
    }
}
