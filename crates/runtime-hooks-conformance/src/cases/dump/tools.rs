//! What the cases of the task dump share.

use runtime_hooks_core::dump::{Answer, Capture, CaptureOptions, capture};
use runtime_hooks_core::{Config, Detail, LiveState, ManualClock, Recorder};

use crate::cases::waiting::{await_state, on_a_thread};
use crate::{Harness, Stage};

/// A stage with the list of live tasks.
pub(super) fn stage<H: Harness>() -> Stage<H> {
    Stage::with(ManualClock::new(), Config::new().detail(Detail::Full).live(true))
}

/// Dumps all tasks, on a thread of its own, once each of these names has a task in this state.
pub(super) async fn dump(recorder: &Recorder, state: LiveState, names: &[&'static str]) -> Capture {
    let (recorder, names) = (recorder.clone(), names.to_vec());
    on_a_thread(move || {
        await_state(&recorder, state, &names);
        capture(&recorder, CaptureOptions::default(), |_| true)
    })
    .await
}

/// What the one task with this name answered.
pub(super) fn answer_of<'c>(capture: &'c Capture, name: &str) -> &'c Answer {
    let mut named = capture.tasks.iter().filter(|task| task.task.key.name() == Some(name));
    let (Some(task), None) = (named.next(), named.next()) else {
        panic!("not one {name:?}: {:?}", capture.tasks)
    };
    &task.answer
}

/// How many frames each trace of a task has, and whether it is of a wake.
pub(super) fn traces_of(capture: &Capture, name: &str) -> Vec<(usize, bool)> {
    let Answer::Waits(traces) = answer_of(capture, name) else {
        panic!("{name}: {:?}", answer_of(capture, name))
    };
    traces.iter().map(|trace| (trace.addresses.len(), trace.is_wake)).collect()
}
