//! Threads beside the runtime that wait for states of live tasks.

use std::thread;
use std::time::Instant;

use futures_channel::oneshot;
use runtime_hooks_core::{LiveState, Recorder};

use crate::stage::TIMEOUT;

/// Runs `work` while the runtime goes on.
pub(super) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = oneshot::channel();
    thread::spawn(move || {
        let _ = send.send(work());
    });
    receive.await.expect("the thread does not panic")
}

/// Waits until each of these names has a task in this state.
pub(super) fn await_state(recorder: &Recorder, state: LiveState, names: &[&str]) {
    let start = Instant::now();
    let is_in_state = |name: &&str| {
        recorder.live_iter().any(|task| task.key.name() == Some(*name) && task.state == state)
    };
    while !names.iter().all(is_in_state) {
        assert!(start.elapsed() < TIMEOUT, "not all are {state}: {names:?}");
        thread::yield_now();
    }
}
