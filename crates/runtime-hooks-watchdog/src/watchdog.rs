//! The handle of a watchdog.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use runtime_hooks_recorder::internals::ServiceThread;

/// Reports tasks that hold their thread, until it is stopped. A cheap handle; dropping it stops nothing.
///
/// Each thread that polls tasks stores which task it polls: 0.5 to 4 ns a poll. The watchdog's thread, `runtime-hooks-watchdog`,
/// looks every 10 to 50 ms. If it sees the same poll for longer than the [threshold](runtime_hooks_core::Config::stall), it counts
/// a stall in `worker.stall` and reports an [incident](runtime_hooks_core::IncidentKind::Stall), and again after ten times
/// that.
///
/// Time without a processor does not count, nor does a blocking closure.
#[derive(Clone)]
pub struct Watchdog(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) stop: Sender<()>,
    pub(crate) thread: ServiceThread,
}

impl Watchdog {
    /// Stops it, and waits 5 s at most until the thread has ended. Returns whether it has.
    pub fn stop(&self) -> bool {
        self.stop_within(Duration::from_secs(5))
    }

    /// As [`stop`](Self::stop), with a given limit. Can be called repeatedly.
    pub fn stop_within(&self, limit: Duration) -> bool {
        let _ = self.0.stop.send(());
        self.0.thread.join_within(limit)
    }
}

impl fmt::Debug for Watchdog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchdog").finish_non_exhaustive()
    }
}
