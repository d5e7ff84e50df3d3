//! The tracer that watches for incidents, around the one that there is: it carries where a process comes from.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime_hooks_recorder::internals::{HookGuard, Role, Site};
use runtime_hooks_recorder::{Name, Outcome, PanicRecord, State};

use super::limit::Limit;
use super::report::{Incident, IncidentKind, Reporter};
use crate::tracer::{Carrier, Submission, TaskContext, Tracer, TracerStack};

/// Watches every process. What it costs a process is paid only where it is asked for.
pub(crate) struct IncidentTracer {
    tracers: TracerStack,
    shared: Arc<Shared>,
}

struct Shared {
    // An `Option` to take it out of before its destructor, which is the program's, runs.
    reporter: Option<Arc<dyn Reporter>>,
    guard: HookGuard,
    /// From which duration on a poll is told, if polls are.
    slow_poll: Option<Duration>,
    timeouts: bool,
    start: Instant,
    limit: Limit,
}

impl IncidentTracer {
    pub(crate) fn new(
        tracers: TracerStack,
        reporter: Arc<dyn Reporter>,
        what: &[IncidentKind],
        slow_poll: Duration,
    ) -> Self {
        let shared = Shared {
            reporter: Some(reporter),
            guard: HookGuard::new("a reporter"),
            slow_poll: what.contains(&IncidentKind::SlowPoll).then_some(slow_poll),
            timeouts: what.contains(&IncidentKind::Timeout),
            start: Instant::now(),
            limit: Limit::default(),
        };
        Self { tracers, shared: Arc::new(shared) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let reporter = self.reporter.take();
        let _ = self.guard.catch("drop", || drop(reporter));
    }
}

impl Tracer for IncidentTracer {
    fn submit(&self, process: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        let Site { name, type_name, role, runtime, location, .. } = *process.site();
        Some(Arc::new(WatchedTask {
            carried: self.tracers.submit(process),
            shared: Arc::clone(&self.shared),
            name: name.cloned(),
            type_name,
            role,
            runtime,
            location,
        }))
    }
}

/// A [`Site`] that lasts: its name is looked up when there is something to tell.
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
    fn tell(&self, kind: IncidentKind, duration: Duration) {
        let now = u64::try_from(self.shared.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let Some(left_out) = self.shared.limit.pass(now) else { return };
        let &Self { type_name, role, runtime, location, .. } = self;
        let name = self.name.as_ref();
        let key = Site { name, type_name, role, runtime, location, size: None }.series_key();
        let (task_kind, name) = (key.kind(), key.name());
        let incident = Incident { kind, task_kind, name, runtime, location, duration, left_out };
        // Inside, so that a log has the span at hand.
        self.enter(&mut || {
            if let Some(reporter) = &self.shared.reporter {
                let _ = self.shared.guard.call("report", || reporter.report(&incident));
            }
        });
    }
}

impl TaskContext for WatchedTask {
    fn enter(&self, run: &mut dyn FnMut()) {
        match &self.carried {
            Some(carried) => carried.enter(run),
            None => run(),
        }
    }

    fn is_told_of_runs(&self) -> bool {
        self.shared.slow_poll.is_some()
            || self.carried.as_ref().is_some_and(Carrier::is_told_of_runs)
    }

    fn ran(&self, busy: Duration, scheduled: Option<Duration>) {
        if let Some(carried) = &self.carried {
            carried.ran(busy, scheduled);
        }
        let is_slow = self.shared.slow_poll.is_some_and(|threshold| busy > threshold);
        if is_slow && self.role != Role::Blocking {
            self.tell(IncidentKind::SlowPoll, busy);
        }
    }

    fn panicked(&self, panic: &PanicRecord) {
        if let Some(carried) = &self.carried {
            carried.panicked(panic);
        }
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        if self.shared.timeouts && outcome.state() == State::Timeout {
            self.tell(IncidentKind::Timeout, duration);
        }
        // Last: with it a span is over.
        if let Some(carried) = &self.carried {
            carried.end(outcome, duration);
        }
    }
}
