//! A future inside of each task that records how the task ends, since a handle does not always report it. smol's handle
//! reports a cancellation if a task was cancelled while another thread ran it, although the task returned.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use runtime_hooks::{Kind, State};

use crate::expected::Expected;

/// The number of tasks of a driver, by kind and state.
#[derive(Debug, Default)]
pub(crate) struct Seen([[AtomicU64; 4]; 2]);

const KINDS: [Kind; 2] = [Kind::Coroutine, Kind::Blocking];

impl Seen {
    pub(crate) fn count(&self, kind: Kind, state: State, times: u64) {
        let kind = KINDS.iter().position(|k| *k == kind).expect("one of them");
        let state = State::ALL.iter().position(|s| *s == state).expect("one of them");
        self.0[kind][state].fetch_add(times, Ordering::Relaxed);
    }

    pub(crate) fn of(&self, runtime: &'static str) -> Expected {
        let mut expected = Expected::default();
        for (states, kind) in self.0.iter().zip(KINDS) {
            for (count, state) in states.iter().zip(State::ALL) {
                expected.count(kind, runtime, *state, count.load(Ordering::Relaxed));
            }
        }
        expected
    }
}

/// Records a cancellation when it is dropped, unless the task is marked as done or panics.
#[derive(Debug)]
pub(crate) struct Witness {
    seen: Arc<Seen>,
    kind: Kind,
    is_done: bool,
}

impl Witness {
    pub(crate) fn new(seen: &Arc<Seen>, kind: Kind) -> Self {
        Self { seen: Arc::clone(seen), kind, is_done: false }
    }

    pub(crate) fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let state = match (self.is_done, std::thread::panicking()) {
            (true, _) => State::Finished,
            (false, true) => State::Exception,
            (false, false) => State::Cancelled,
        };
        self.seen.count(self.kind, state, 1);
    }
}
