//! The error of a shutdown that took too long.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The error of [`Instrumentation::shutdown`](crate::Instrumentation::shutdown): the threads that had not ended in
/// time.
///
/// They end when nothing blocks them any more. Another call waits for them again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShutdownError {
    limit: Duration,
    threads: Vec<&'static str>,
}

impl ShutdownError {
    /// `Ok` if the list is empty.
    pub(crate) fn result_of(
        limit: Duration,
        threads: Vec<&'static str>,
    ) -> Result<(), ShutdownError> {
        if threads.is_empty() { Ok(()) } else { Err(Self { limit, threads }) }
    }

    /// The names of the threads: `runtime-hooks-drain`, `runtime-hooks-console`, `runtime-hooks-flight`,
    /// `runtime-hooks-dump`, `runtime-hooks-watchdog`.
    pub fn threads(&self) -> &[&'static str] {
        &self.threads
    }

    /// Whether everything recorded has been replayed into OpenTelemetry's pipeline.
    pub fn is_replayed(&self) -> bool {
        !self.threads.contains(&DRAIN)
    }
}

/// The thread of the OpenTelemetry bridge.
pub(crate) const DRAIN: &str = "runtime-hooks-drain";
/// The threads of the console.
#[cfg(feature = "console")]
pub(crate) const CONSOLE: &str = "runtime-hooks-console";

/// The thread that writes a task dump on SIGQUIT.
#[cfg(feature = "dump")]
pub(crate) const DUMP: &str = "runtime-hooks-dump";
/// The thread of the watchdog.
#[cfg(feature = "watchdog")]
pub(crate) const WATCHDOG: &str = "runtime-hooks-watchdog";
/// The thread of the writer of flight records.
#[cfg(feature = "flight")]
pub(crate) const FLIGHT: &str = "runtime-hooks-flight";

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, threads } = self;
        let threads = threads.join(", ");
        write!(
            f,
            "runtime-hooks did not shut down within {limit:?}: still running: {threads}; call shutdown again to wait longer"
        )
    }
}

impl Error for ShutdownError {}
