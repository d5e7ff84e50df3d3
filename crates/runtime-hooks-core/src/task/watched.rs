//! What the thread of a poll runs, for a watchdog.

use runtime_hooks_recorder::internals::{Call, unless_exiting};

use super::record::TaskRecord;
use super::tag::RecordFlags;
use super::waker::WakerNode;
use crate::running::{Run, ThreadRecord, with_this_thread};

/// A poll from its start to its end.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub(crate) struct WatchedPoll {
    thread: &'static ThreadRecord,
    depth: u64,
}

impl WatchedPoll {
    /// This thread polls a task. `None` if its thread-locals are being destroyed.
    ///
    /// The frames of the poll lie below the address `stack`.
    #[inline]
    pub(crate) fn start(record: &TaskRecord, stack: usize) -> Option<Self> {
        with_this_thread(|thread| Self {
            thread,
            depth: thread.start(&record.as_run(stack as u64)),
        })
    }
}

impl Drop for WatchedPoll {
    #[inline]
    fn drop(&mut self) {
        self.thread.stop(self.depth);
    }
}

/// A blocking closure from its start to its end.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub(super) struct WatchedClosure {
    thread: &'static ThreadRecord,
    was_blocking: bool,
}

impl WatchedClosure {
    /// This thread runs a blocking closure: nothing in it holds a worker.
    pub(super) fn start() -> Option<Self> {
        with_this_thread(|thread| Self { thread, was_blocking: thread.start_blocking() })
    }
}

impl Drop for WatchedClosure {
    fn drop(&mut self) {
        self.thread.stop_blocking(self.was_blocking);
    }
}

impl TaskRecord {
    #[inline]
    fn as_run(&self, stack: u64) -> Run {
        let ids = self.node.as_ref().and_then(|node| node.trace_words());
        let slot = if self.tag.wants(RecordFlags::LIVE) { self.origin.bits() } else { 0 };
        Run { of: Run::of(self.tag.recorder(), self.tag.series()), slot, stack, ids }
    }
}

impl WakerNode {
    /// The ids of the task's span, which never change; `None` without a context.
    #[inline]
    fn trace_words(&self) -> Option<[u64; 3]> {
        let carried = self.carried()?;
        // Not `get_or_init`: the context is code of the program.
        if let Some(words) = self.trace_ids.get() {
            return Some(*words);
        }
        let ids = unless_exiting(Call::Enter, || carried.trace_ids()).flatten();
        let words = Run::words_of(ids);
        let _ = self.trace_ids.set(words);
        Some(words)
    }
}
