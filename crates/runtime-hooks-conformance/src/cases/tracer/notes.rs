//! A tracer that carries a number and records each end.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime_hooks_core::{
    Config, Detail, ManualClock, Outcome, Submission, TaskContext, TraceNames, Tracer,
};

use crate::{Harness, Stage};

thread_local! {
    /// A submitter sets this, and its task must read the same value.
    pub(super) static CURRENT: Cell<u32> = const { Cell::new(0) };
}

/// The name, outcome and duration of each end, in order of notification.
pub(super) type Ends = Arc<Mutex<Vec<(String, Outcome, Duration)>>>;

/// Carries the submitter's `CURRENT`, and records each end.
#[derive(Debug, Default)]
struct Notes(Ends);

struct Note {
    name: String,
    current: u32,
    ends: Ends,
}

impl Tracer for Notes {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        if !submission.is_traced() {
            return None;
        }
        let name = submission.name().unwrap_or_default().to_owned();
        Some(Arc::new(Note { name, current: CURRENT.get(), ends: Arc::clone(&self.0) }))
    }
}

impl TaskContext for Note {
    fn enter(&self, run: &mut dyn FnMut()) {
        struct Restore(u32);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restore = Restore(CURRENT.replace(self.current));
        run();
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        self.ends.lock().unwrap().push((self.name.clone(), outcome, duration));
    }
}

/// A configuration with such a tracer, and the ends that the tracer records.
pub(super) fn tracing() -> (Config, Ends) {
    let tracer = Notes::default();
    let ends = Arc::clone(&tracer.0);
    let names = TraceNames::none().coroutines("*").to_thread("*");
    (Config::new().detail(Detail::Counts).trace(names).tracer(Arc::new(tracer)), ends)
}

/// A stage with such a configuration.
pub(super) fn traced<H: Harness>() -> (Stage<H>, Ends) {
    let (config, ends) = tracing();
    (Stage::with(ManualClock::new(), config), ends)
}
