//! A thread-local mark for an elapsed deadline around a future that was instrumented before it got the deadline. The
//! task belongs to that future, and the deadline can only reach it by dropping it.

use std::cell::Cell;

thread_local! {
    /// Set while an elapsed deadline drops such a future.
    static ELAPSED: Cell<bool> = const { Cell::new(false) };
}

/// Marks whether the next task dropped on this thread is dropped by its elapsed deadline. That task is the future
/// with the deadline, recorded or not: an unrecorded future takes the mark too, so that no future inside it does.
pub(crate) fn next_drop_is_elapsed(elapsed: bool) {
    let _ = ELAPSED.try_with(|next| next.set(elapsed));
}

/// Takes the mark.
pub(super) fn take_elapsed() -> bool {
    ELAPSED.try_with(Cell::take).unwrap_or(false)
}
