//! The watchdog that the configuration asks for.

use std::time::Instant;

use runtime_hooks_core::support::emit;
use runtime_hooks_core::{Instrumentor, Severity};
use runtime_hooks_watchdog::{Watchdog, WatchdogError};

use crate::from_env::FromEnv;

/// From its start to its shutdown.
static WATCHDOG: FromEnv<Watchdog> = FromEnv::new();

/// Starts it if the last installation asked for it. A failure is a diagnostic.
pub(crate) fn start() {
    if let Err(error) = WATCHDOG.start(configured) {
        emit(Severity::Error, format_args!("{error}"));
    }
}

fn configured() -> Result<Option<Watchdog>, WatchdogError> {
    if !Instrumentor::global().wants_watchdog() {
        return Ok(None);
    }
    Watchdog::builder().vars(|name| std::env::var_os(name)).start().map(Some)
}

/// Stops it. Returns whether its thread has ended by the deadline.
pub(crate) fn stop(deadline: Instant) -> bool {
    WATCHDOG.stop(deadline, |watchdog, limit| watchdog.stop_within(limit))
}
