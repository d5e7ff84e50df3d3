//! Several tracers as one. The context of a later tracer is entered inside those of the tracers before it.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::{Outcome, PanicRecord, TraceIds};

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

    /// Collects the contexts of all tracers in `carrier`. A single context is used as it is.
    #[inline]
    pub(crate) fn submit(&self, submission: &Submission<'_>, carrier: &mut Option<Carrier>) {
        for tracer in &self.0 {
            let outer = carrier.take();
            tracer.submit(submission, carrier);
            if let Some(outer) = outer {
                *carrier = Some(match carrier.take() {
                    Some(inner) => Carrier::ours(Arc::new(CarriesBoth { outer, inner })),
                    None => outer,
                });
            }
        }
    }
}

struct CarriesBoth {
    outer: Carrier,
    inner: Carrier,
}

#[deny(clippy::missing_trait_methods)] // a method that is not forwarded would use the default of the trait
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

    fn trace_ids(&self) -> Option<TraceIds> {
        self.inner.trace_ids().or_else(|| self.outer.trace_ids())
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        self.inner.end(outcome, duration);
        self.outer.end(outcome, duration);
    }
}
