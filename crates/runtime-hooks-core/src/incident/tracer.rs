//! The tracer that detects incidents. It wraps all other tracers, and carries the call site of a task.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Role, Site};
use runtime_hooks_recorder::{Name, Outcome, PanicRecord, State, TraceIds};

use super::report::{Incident, IncidentKind};
use super::reports::Reports;
use crate::tracer::{Carrier, Submission, TaskContext, Tracer, TracerStack};

/// Detects incidents of all tasks. It is installed only if incidents are reported.
pub(crate) struct IncidentTracer {
    tracers: TracerStack,
    shared: Arc<Shared>,
}

struct Shared {
    reports: Arc<Reports>,
    /// The duration above which a poll is reported, if polls are.
    slow_poll: Option<Duration>,
    timeouts: bool,
}

impl IncidentTracer {
    pub(crate) fn new(
        tracers: TracerStack,
        reports: Arc<Reports>,
        kinds: &[IncidentKind],
        slow_poll: Duration,
    ) -> Self {
        let shared = Shared {
            reports,
            slow_poll: kinds.contains(&IncidentKind::SlowPoll).then_some(slow_poll),
            timeouts: kinds.contains(&IncidentKind::Timeout),
        };
        Self { tracers, shared: Arc::new(shared) }
    }
}

impl Tracer for IncidentTracer {
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        let Site { name, type_name, role, runtime, location, .. } = *submission.site();
        let mut carried = None;
        self.tracers.submit(submission, &mut carried);
        Some(Arc::new(WatchedTask {
            carried,
            shared: Arc::clone(&self.shared),
            name: name.cloned(),
            type_name,
            role,
            runtime,
            location,
        }))
    }
}

/// An owned [`Site`]: its name is looked up when an incident is reported.
struct WatchedTask {
    carried: Option<Carrier>,
    shared: Arc<Shared>,
    name: Option<Name>,
    type_name: &'static str,
    role: Role,
    runtime: &'static str,
    location: &'static Location<'static>,
}

impl WatchedTask {
    #[cold]
    fn report(&self, kind: IncidentKind, duration: Duration) {
        let Some(dropped) = self.shared.reports.admit() else { return };
        let &Self { type_name, role, runtime, location, .. } = self;
        let name = self.name.as_ref();
        let key = Site { name, type_name, role, runtime, location, size: None }.series_key();
        let (task_kind, name) = (key.kind(), key.name());
        let location = Some(location);
        let (stall, starvation) = (None, None);
        let incident = Incident {
            kind,
            task_kind,
            name,
            runtime,
            location,
            duration,
            dropped,
            stall,
            starvation,
        };
        // In the task's context, so that a log has its span.
        self.enter(&mut || self.shared.reports.report(&incident));
    }
}

#[deny(clippy::missing_trait_methods)] // a method that is not forwarded would use the default of the trait
impl TaskContext for WatchedTask {
    fn enter(&self, run: &mut dyn FnMut()) {
        match &self.carried {
            Some(carried) => carried.enter(run),
            None => run(),
        }
    }

    fn wants_polls(&self) -> bool {
        self.shared.slow_poll.is_some() || self.carried.as_ref().is_some_and(Carrier::wants_polls)
    }

    fn poll_ended(&self, busy: Duration, scheduled: Option<Duration>) {
        if let Some(carried) = &self.carried {
            carried.poll_ended(busy, scheduled);
        }
        let is_slow = self.shared.slow_poll.is_some_and(|threshold| busy > threshold);
        if is_slow && self.role != Role::Blocking {
            self.report(IncidentKind::SlowPoll, busy);
        }
    }

    fn panicked(&self, panic: &PanicRecord) {
        if let Some(carried) = &self.carried {
            carried.panicked(panic);
        }
    }

    fn trace_ids(&self) -> Option<TraceIds> {
        self.carried.as_ref()?.trace_ids()
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        if self.shared.timeouts && outcome.state() == State::Timeout {
            self.report(IncidentKind::Timeout, duration);
        }
        // Last, since it ends a span.
        if let Some(carried) = &self.carried {
            carried.end(outcome, duration);
        }
    }
}
