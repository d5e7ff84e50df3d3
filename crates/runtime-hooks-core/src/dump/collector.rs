//! What a thread collects while it polls for a dump.

use std::cell::{Cell, RefCell};

use super::answers::Trace;
use super::walk::{MAX_FRAMES, walk};

/// The most traces of one poll.
const MAX_TRACES: usize = 64;

/// What this thread does for a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Idle,
    /// It wakes a task to ask it.
    Asking,
    /// A task is polled as always.
    Counted,
    /// A task is polled because it was asked: no figure counts the poll, nor those of tasks inside.
    Uncounted,
    /// A task is polled with a waker that walks the stack up to this address.
    Tracing(usize),
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Idle) };
    static FOUND: RefCell<Found> = const { RefCell::new(Found::new()) };
}

/// The traces of the current poll.
struct Found {
    addresses: Vec<usize>,
    /// Where each trace ends, and whether it is of a wake.
    ends: Vec<(usize, bool)>,
}

impl Found {
    const fn new() -> Self {
        Self { addresses: Vec::new(), ends: Vec::new() }
    }

    /// All traces after the first `skipped`.
    fn since(&self, skipped: usize) -> Vec<Trace> {
        let mut start = skipped.checked_sub(1).map_or(0, |last| self.ends[last].0);
        let mut traces = Vec::with_capacity(self.ends.len() - skipped);
        for (end, is_wake) in &self.ends[skipped..] {
            traces.push(Trace { addresses: self.addresses[start..*end].into(), is_wake: *is_wake });
            start = *end;
        }
        traces
    }
}

pub(crate) fn mode() -> Mode {
    MODE.get()
}

/// Calls `work` in a mode.
pub(crate) fn with_mode<T>(mode: Mode, work: impl FnOnce() -> T) -> T {
    struct Restore(Mode);

    impl Drop for Restore {
        fn drop(&mut self) {
            MODE.set(self.0);
        }
    }

    let _restore = Restore(MODE.replace(mode));
    work()
}

/// Makes room, so that no walk allocates: the leaf that clones a waker may hold a lock.
pub(crate) fn reserve() {
    let _ = FOUND.try_with(|found| {
        if let Ok(mut found) = found.try_borrow_mut() {
            found.addresses.reserve(4 * MAX_FRAMES);
            found.ends.reserve(MAX_TRACES);
        }
    });
}

/// The number of traces that this thread has collected so far.
pub(crate) fn found() -> usize {
    FOUND.try_with(|found| found.try_borrow().map_or(0, |found| found.ends.len())).unwrap_or(0)
}

/// The traces after the first `skipped`. If none of them belongs to an outer task, the collection starts anew.
pub(crate) fn collect(skipped: usize, is_outermost: bool) -> Vec<Trace> {
    let collected = FOUND.try_with(|found| {
        let Ok(mut found) = found.try_borrow_mut() else { return Vec::new() };
        let traces = found.since(skipped.min(found.ends.len()));
        if is_outermost {
            found.addresses.clear();
            found.ends.clear();
        }
        traces
    });
    collected.unwrap_or_default()
}

/// Walks the stack from here up to the poll that is traced. Does nothing on another thread, or after that poll.
#[inline(never)]
pub(super) fn trace(is_wake: bool) {
    let Mode::Tracing(top) = mode() else { return };
    let _ = FOUND.try_with(|found| {
        let Ok(mut found) = found.try_borrow_mut() else { return };
        let Found { addresses, ends } = &mut *found;
        if ends.len() < MAX_TRACES {
            walk(top, addresses);
            ends.push((addresses.len(), is_wake));
        }
    });
}
