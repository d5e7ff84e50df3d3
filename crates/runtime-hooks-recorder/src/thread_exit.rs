//! Whether this thread is destroying its thread-locals. From then on no tracer is called on it.
//!
//! Tracers use thread-locals: OpenTelemetry's current context, or those of a `tracing` subscriber. Using a destroyed
//! thread-local panics, and a panic in the destructor of a thread-local aborts the program.
//!
//! Thread-locals are destroyed in the reverse order of their first use. So a sentinel is initialised after the first
//! call of each kind: it is destroyed before any thread-local that this call has used.

use std::cell::Cell;

/// A kind of call for which a thread has a sentinel.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// Installing a tracer: no call of it, but the installing thread may have used the tracer's thread-locals.
    Install,
    /// The submission of a task.
    Submit,
    /// Entering a carried context.
    Enter,
    /// The end of a task or a poll, and the drop of a carried context.
    End,
}

impl Call {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The flag beside those of the calls.
const EXITING: u8 = 1 << 7;

thread_local! {
    /// The calls that have a sentinel, or `EXITING`. It has no destructor, so it is never destroyed.
    static STATE: Cell<u8> = const { Cell::new(0) };

    static INSTALL: Sentinel = const { Sentinel };
    static SUBMIT: Sentinel = const { Sentinel };
    static ENTER: Sentinel = const { Sentinel };
    static END: Sentinel = const { Sentinel };
}

/// Calls `work`; returns `None` without calling it if this thread is destroying its thread-locals.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "the captures of `work` would be copied right after they were stored"
)]
pub fn unless_exiting<T>(call: Call, work: impl FnOnce() -> T) -> Option<T> {
    let state = state();
    if state & EXITING != 0 {
        return None;
    }
    let result = work();
    if state & call.bit() == 0 {
        set_up(call);
    }
    Some(result)
}

/// Marks that the thread-locals of this thread are being destroyed.
pub(crate) fn mark_exiting() {
    let _ = STATE.try_with(|state| state.set(EXITING));
}

#[inline]
fn state() -> u8 {
    // On platforms without native thread-locals it is destroyed like any other.
    STATE.try_with(Cell::get).unwrap_or(EXITING)
}

#[cold]
fn set_up(call: Call) {
    let sentinel = match call {
        Call::Install => &INSTALL,
        Call::Submit => &SUBMIT,
        Call::Enter => &ENTER,
        Call::End => &END,
    };
    let is_set_up = sentinel.try_with(|_| ()).is_ok();
    let _ = STATE.try_with(|state| {
        state.set(state.get() | if is_set_up { call.bit() } else { EXITING });
    });
}

/// A thread-local whose destructor marks that later destructors are about to run.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        mark_exiting();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    /// Sends its name and whether a call would be made, when it is dropped.
    struct SendOnDrop(&'static str, Sender<(&'static str, bool)>);

    impl Drop for SendOnDrop {
        fn drop(&mut self) {
            let is_called = unless_exiting(Call::End, || ()).is_some();
            let _ = self.1.send((self.0, is_called));
        }
    }

    thread_local! {
        static BEFORE: RefCell<Option<SendOnDrop>> = const { RefCell::new(None) };
        static USED: RefCell<Option<SendOnDrop>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<SendOnDrop>> = const { RefCell::new(None) };
    }

    fn sent_on_drop(
        first: Call,
        last: impl FnOnce() + Send + 'static,
    ) -> Vec<(&'static str, bool)> {
        let (sender, receiver) = channel();
        let thread = thread::spawn(move || {
            BEFORE.set(Some(SendOnDrop("before", sender.clone())));
            unless_exiting(first, || USED.set(Some(SendOnDrop("used", sender.clone()))));
            AFTER.set(Some(SendOnDrop("after", sender)));
            last();
        });
        thread.join().unwrap();
        receiver.iter().collect()
    }

    #[test]
    fn no_call_is_made_after_its_thread_locals_may_be_destroyed() {
        for first in [Call::Install, Call::Submit, Call::Enter, Call::End] {
            let expected = [("after", true), ("used", false), ("before", false)];
            assert_eq!(sent_on_drop(first, || ()), expected, "{first:?}");
        }
    }

    #[test]
    fn the_most_recent_first_call_decides() {
        let enters = || assert!(unless_exiting(Call::Enter, || ()).is_some());
        let expected = [("after", false), ("used", false), ("before", false)];
        assert_eq!(sent_on_drop(Call::Submit, enters), expected);
    }
}
