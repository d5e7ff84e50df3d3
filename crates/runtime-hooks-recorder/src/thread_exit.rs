//! Whether this thread is destroying its thread-locals: from then on no tracer is called on it.
//!
//! A tracer has thread-locals of its own: OpenTelemetry's current context, those of a `tracing` subscriber. To use one
//! that is destroyed panics, and a panic in the destructor of a thread-local aborts the program.
//!
//! Thread-locals are destroyed in the reverse order of their first use. So a sentinel is set up after the first call of
//! each kind: it is destroyed before any thread-local that this call has used.

use std::cell::Cell;

/// A kind of call for which a thread has a sentinel.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// No call of a tracer, but the thread that installs one may have used what the tracer uses.
    Install,
    /// The submission of a task.
    Submit,
    /// Entering what is carried.
    Enter,
    /// Also of a run that is over, and the drop of what was carried.
    End,
}

impl Call {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The bit beside those of the calls.
const EXITING: u8 = 1 << 7;

thread_local! {
    /// For which calls there is a sentinel, or `EXITING`. It has no destructor, so it is there until the end.
    static STATE: Cell<u8> = const { Cell::new(0) };

    static INSTALL: Sentinel = const { Sentinel };
    static SUBMIT: Sentinel = const { Sentinel };
    static ENTER: Sentinel = const { Sentinel };
    static END: Sentinel = const { Sentinel };
}

/// Calls a tracer; `None`, without a call, if this thread is destroying its thread-locals.
#[inline]
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

/// A thread-local of this thread is being destroyed.
pub(crate) fn begins() {
    let _ = STATE.try_with(|state| state.set(EXITING));
}

#[inline]
fn state() -> u8 {
    // Where thread-locals are not native to the platform, it is destroyed like any other.
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

/// Its destructor tells that others are about to run.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        begins();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    /// When it is dropped, tells its name and whether a call would be made.
    struct Tells(&'static str, Sender<(&'static str, bool)>);

    impl Drop for Tells {
        fn drop(&mut self) {
            let is_called = unless_exiting(Call::End, || ()).is_some();
            let _ = self.1.send((self.0, is_called));
        }
    }

    thread_local! {
        static BEFORE: RefCell<Option<Tells>> = const { RefCell::new(None) };
        static USED: RefCell<Option<Tells>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Tells>> = const { RefCell::new(None) };
    }

    fn told(first: Call, last: impl FnOnce() + Send + 'static) -> Vec<(&'static str, bool)> {
        let (tell, told) = channel();
        let thread = thread::spawn(move || {
            BEFORE.set(Some(Tells("before", tell.clone())));
            unless_exiting(first, || USED.set(Some(Tells("used", tell.clone()))));
            AFTER.set(Some(Tells("after", tell)));
            last();
        });
        thread.join().unwrap();
        told.iter().collect()
    }

    #[test]
    fn no_call_is_made_once_what_the_first_one_used_may_be_destroyed() {
        for first in [Call::Install, Call::Submit, Call::Enter, Call::End] {
            let expected = [("after", true), ("used", false), ("before", false)];
            assert_eq!(told(first, || ()), expected, "{first:?}");
        }
    }

    #[test]
    fn the_last_kind_of_call_that_was_made_for_the_first_time_decides() {
        let enters = || assert!(unless_exiting(Call::Enter, || ()).is_some());
        let expected = [("after", false), ("used", false), ("before", false)];
        assert_eq!(told(Call::Submit, enters), expected);
    }
}
