//! The context of a task without a span.

use std::time::Duration;

use opentelemetry::Context;
use runtime_hooks_core::TaskContext;
use runtime_hooks_recorder::Outcome;

use super::current::Entry;

/// Runs the task in the caller's context.
pub(super) struct Within(Entry);

impl Within {
    pub(super) fn new(context: Context) -> Self {
        Self(Entry::new(context))
    }
}

impl TaskContext for Within {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.0.enter(run);
    }

    fn end(&self, _: Outcome, _: Duration) {}
}
