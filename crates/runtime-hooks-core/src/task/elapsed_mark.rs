//! A deadline that has elapsed on a future that was instrumented before it got the deadline: the task belongs to that
//! future, and the deadline reaches it only by dropping it.

use std::cell::Cell;

thread_local! {
    /// Set while an elapsed deadline drops such a future.
    static ELAPSED: Cell<bool> = const { Cell::new(false) };
}

/// Says of the next task dropped on this thread whether its deadline elapsed. It is the future that the deadline is on,
/// recorded or not: a future that is not recorded takes the mark, so that nothing inside it can.
pub(crate) fn next_drop_is_elapsed(elapsed: bool) {
    let _ = ELAPSED.try_with(|next| next.set(elapsed));
}

/// Takes the mark.
pub(super) fn take_elapsed() -> bool {
    ELAPSED.try_with(Cell::take).unwrap_or(false)
}
