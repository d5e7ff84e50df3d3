//! Several tracers as one. The context of a later tracer is entered inside those of the tracers before it.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::{Outcome, PanicRecord};

use super::carrier::{Carrier, GuardedTracer};
use super::tracer::{Submission, TaskContext};

/// The tracers of a configuration, the outermost first.
#[derive(Clone, Default)]
pub(crate) struct TracerStack(Vec<GuardedTracer>);

impl TracerStack {
    pub(crate) fn push(&mut self, inner: GuardedTracer) {
        self.0.push(inner);
    }

    /// The same tracers, with none of them disabled.
    pub(crate) fn renewed(&self) -> Self {
        Self(self.0.iter().map(GuardedTracer::renewed).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Collects the contexts of all tracers. A single context is used as it is.
    pub(crate) fn submit(&self, submission: &Submission<'_>) -> Option<Carrier> {
        let carried = self.0.iter().filter_map(|tracer| tracer.submit(submission));
        carried.reduce(|outer, inner| Carrier::ours(Arc::new(CarriesBoth { outer, inner })))
    }
}

struct CarriesBoth {
    outer: Carrier,
    inner: Carrier,
}

impl TaskContext for CarriesBoth {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.outer.enter(&mut || self.inner.enter(run));
    }

    fn wants_polls(&self) -> bool {
        self.outer.wants_polls() || self.inner.wants_polls()
    }

    fn poll_ended(&self, busy: Duration, scheduled: Option<Duration>) {
        self.inner.poll_ended(busy, scheduled);
        self.outer.poll_ended(busy, scheduled);
    }

    fn panicked(&self, panic: &PanicRecord) {
        self.inner.panicked(panic);
        self.outer.panicked(panic);
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        self.inner.end(outcome, duration);
        self.outer.end(outcome, duration);
    }
}
