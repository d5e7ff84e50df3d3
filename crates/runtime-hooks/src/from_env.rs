//! What the environment starts once in a process, until a shutdown.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use runtime_hooks_core::support::{Process, lock, lock_until};

/// Holds what was started.
pub(crate) struct FromEnv<T>(Mutex<Option<Started<T>>>);

struct Started<T> {
    process: Process,
    running: Option<T>,
    is_stopped: bool,
}

impl<T: Clone> FromEnv<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Calls `start` unless that was done before in this process. It returns `None` where the environment asks for
    /// nothing. The caller reports the result, under no lock: a message is passed to code of the program.
    pub(crate) fn start<E>(
        &self,
        start: impl FnOnce() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        let Some(mut started) = lock(&self.0) else { return Ok(None) };
        if started.as_ref().is_some_and(|start| !start.is_stopped && start.process.is_current()) {
            return Ok(None);
        }
        let result = start();
        let running = result.as_ref().ok().cloned().flatten();
        *started = Some(Started { process: Process::current(), running, is_stopped: false });
        result
    }

    /// What runs, or ran until the shutdown.
    #[cfg(all(feature = "console", feature = "flight"))]
    pub(crate) fn get(&self) -> Option<T> {
        lock(&self.0)?.as_ref()?.running.clone()
    }

    /// Stops what was started with `stop`, which gets the time that is left. Returns whether it has ended by the deadline.
    pub(crate) fn stop(&self, deadline: Instant, stop: impl FnOnce(T, Duration) -> bool) -> bool {
        let running = {
            let Some(mut started) = lock_until(&self.0, deadline) else { return false };
            let Some(start) = &mut *started else { return true };
            start.is_stopped = true;
            start.running.clone()
        };
        let left = deadline.saturating_duration_since(Instant::now());
        running.is_none_or(|running| stop(running, left))
    }
}
