//! What the writer's thread is asked for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use runtime_hooks_recorder::internals::Process;

/// One request at most: others that come before it is served are served with it.
#[derive(Debug)]
pub(super) struct Requests {
    process: Process,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    wanted: Option<Wanted>,
    is_stopped: bool,
    /// How many requests were made and served.
    made: u64,
    served: u64,
}

/// A record that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) reason: &'static str,
    /// The process may end at once: the record must be short.
    pub(super) is_urgent: bool,
}

/// What the thread does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Write(Wanted),
    /// The time is up.
    Check,
    End,
}

impl Requests {
    pub(super) fn new() -> Self {
        let process = Process::current();
        Self { process, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Asks for a record. Waits until it is written, for `wait` at most; returns whether it is. Does nothing in a forked
    /// child, which has no thread that would write it.
    pub(super) fn make(&self, reason: &'static str, wait: Duration) -> bool {
        if !self.process.is_current() {
            return true;
        }
        let mut state = self.lock();
        if state.is_stopped {
            return true;
        }
        let is_urgent = wait > Duration::ZERO;
        state.wanted.get_or_insert(Wanted { reason, is_urgent }).is_urgent |= is_urgent;
        state.made += 1;
        let made = state.made;
        self.changed.notify_all();
        let waits = |state: &mut State| state.served < made;
        let waited = self.changed.wait_timeout_while(state, wait, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.served >= made
    }

    /// Waits for a request, until `deadline` at most.
    pub(super) fn next(&self, deadline: Option<Instant>) -> Next {
        let mut state = self.lock();
        loop {
            // First: a record that was asked for before a stop is written.
            if let Some(wanted) = state.wanted.take() {
                return Next::Write(wanted);
            }
            if state.is_stopped {
                return Next::End;
            }
            state =
                match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                    Some(Duration::ZERO) => return Next::Check,
                    Some(left) => {
                        let waited = self.changed.wait_timeout(state, left);
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                    None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                };
        }
    }

    /// All requests made so far are served.
    pub(super) fn served(&self) {
        let mut state = self.lock();
        state.served = state.made;
        self.changed.notify_all();
    }

    /// Does nothing in a forked child: its copy of the lock may be held.
    pub(super) fn stop(&self) {
        if !self.process.is_current() {
            return;
        }
        self.lock().is_stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_before_one_is_served_are_served_with_it() {
        let requests = Requests::new();
        assert!(!requests.make("panic", Duration::ZERO));
        assert!(!requests.make("signal", Duration::from_nanos(1)));
        let urgent = Wanted { reason: "panic", is_urgent: true };
        assert_eq!(requests.next(None), Next::Write(urgent));
        requests.served();
        assert_eq!(requests.next(Some(Instant::now())), Next::Check);
        requests.make("panic", Duration::ZERO);
        requests.stop();
        // What was asked for before the stop is written.
        let last = Wanted { is_urgent: false, ..urgent };
        assert_eq!(requests.next(None), Next::Write(last));
        assert!(requests.make("panic", Duration::MAX));
        assert_eq!(requests.next(None), Next::End);
    }

    #[test]
    fn a_request_that_waits_returns_when_it_is_served() {
        let requests = Requests::new();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| requests.make("panic", Duration::MAX));
            assert!(matches!(requests.next(None), Next::Write(_)));
            assert!(!waits.is_finished());
            requests.served();
            assert!(waits.join().unwrap());
        });
    }
}
