//! Two tracers as one: what the second carries is inside of what the first carries.

use std::sync::Arc;
use std::time::Duration;

use super::tracer::{Carried, Submission, Tracer};
use crate::state::Outcome;

/// Asks both. A process that has nothing to carry of one carries the other's alone.
pub(crate) struct Both {
    pub(crate) outer: Arc<dyn Tracer>,
    pub(crate) inner: Arc<dyn Tracer>,
}

impl Tracer for Both {
    fn submit(&self, process: &Submission<'_>) -> Option<Arc<dyn Carried>> {
        match (self.outer.submit(process), self.inner.submit(process)) {
            (Some(outer), Some(inner)) => Some(Arc::new(CarriesBoth { outer, inner })),
            (one, None) | (None, one) => one,
        }
    }
}

struct CarriesBoth {
    outer: Arc<dyn Carried>,
    inner: Arc<dyn Carried>,
}

impl Carried for CarriesBoth {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.outer.enter(&mut || self.inner.enter(run));
    }

    fn is_told_of_runs(&self) -> bool {
        self.outer.is_told_of_runs() || self.inner.is_told_of_runs()
    }

    fn ran(&self, busy: Duration, scheduled: Option<Duration>) {
        for carried in [&self.inner, &self.outer] {
            if carried.is_told_of_runs() {
                carried.ran(busy, scheduled);
            }
        }
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        self.inner.end(outcome, duration);
        self.outer.end(outcome, duration);
    }
}
