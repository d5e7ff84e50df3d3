//! Reports incidents, in the limit per second and guarded against panics of the reporter.

use std::sync::Arc;
use std::time::Instant;

use runtime_hooks_recorder::internals::HookGuard;

use super::limit::Limit;
use super::report::{Incident, Reporter};

/// The reporter of one installation.
pub(crate) struct Reports {
    // An `Option`, because `drop` moves it out to run its destructor, which is user code, in the guard.
    reporter: Option<Arc<dyn Reporter>>,
    guard: HookGuard,
    start: Instant,
    limit: Limit,
}

impl Reports {
    pub(crate) fn new(reporter: Arc<dyn Reporter>) -> Self {
        let guard = HookGuard::new("a reporter");
        Self { reporter: Some(reporter), guard, start: Instant::now(), limit: Limit::default() }
    }

    /// `None` if no incident is reported now because of the limit, else the number of those that were not reported before.
    pub(crate) fn admit(&self) -> Option<u64> {
        let now = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.limit.admit(now)
    }

    /// Reports an incident that was admitted.
    pub(crate) fn report(&self, incident: &Incident<'_>) {
        if let Some(reporter) = &self.reporter {
            let _ = self.guard.call("report", || reporter.report(incident));
        }
    }
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        let reporter = self.reporter.take();
        let _ = self.guard.catch("drop", || drop(reporter));
    }
}
