//! Starts the console if the environment configures it.

use std::error::Error;
use std::sync::Mutex;
use std::time::Instant;

use runtime_hooks_console::Console;
use runtime_hooks_core::Severity;
use runtime_hooks_core::support::{Process, emit, lock, lock_until};

/// The console of this process, from its start to its shutdown.
static STARTED: Mutex<Option<Started>> = Mutex::new(None);

struct Started {
    process: Process,
    console: Option<Console>,
    is_stopped: bool,
}

/// Starts the console if the environment configures it and it is not running. A failure is a diagnostic.
pub(crate) fn start() {
    let Some(mut started) = lock(&STARTED) else { return };
    if started.as_ref().is_some_and(|start| !start.is_stopped && start.process.is_current()) {
        return;
    }
    let console = Console::from_env();
    let console = console.and_then(|builder| builder.map(|builder| builder.serve()).transpose());
    let served = console.as_ref().ok().and_then(Clone::clone);
    *started = Some(Started { process: Process::current(), console: served, is_stopped: false });
    drop(started);
    match console {
        Ok(None) => {}
        Ok(Some(console)) => {
            emit(Severity::Info, format_args!("console at {}", console.url()));
            #[cfg(feature = "otel")]
            crate::lints::export(console, &*opentelemetry::global::meter_provider());
        }
        Err(error) => {
            let source = error.source().map(|source| format!(": {source}"));
            let source = source.unwrap_or_default();
            emit(Severity::Error, format_args!("{error}{source}"));
        }
    }
}

/// Stops the console. Returns whether its threads have ended by the deadline.
pub(crate) fn stop(deadline: Instant) -> bool {
    let console = {
        let Some(mut started) = lock_until(&STARTED, deadline) else { return false };
        let Some(start) = &mut *started else { return true };
        start.is_stopped = true;
        start.console.clone()
    };
    console.is_none_or(|console| {
        console.stop_within(deadline.saturating_duration_since(Instant::now()))
    })
}

/// Whether a lint applies to a series to which it did not apply before; `None` if there is no console, which evaluates the
/// lints.
#[cfg(feature = "flight")]
pub(crate) fn new_findings() -> Option<impl FnMut() -> bool + Send + 'static> {
    let console = lock(&STARTED)?.as_ref()?.console.clone()?;
    let mut known = 0;
    Some(move || {
        let now = console.lint_seconds().len();
        std::mem::replace(&mut known, now) < now
    })
}
