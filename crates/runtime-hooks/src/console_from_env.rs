//! The console that the environment asks for.

use std::error::Error;
use std::sync::Mutex;
use std::time::Instant;

use runtime_hooks_console::Console;
use runtime_hooks_core::Severity;
use runtime_hooks_core::support::{Process, emit, lock, lock_until};

/// The console of this process, from a start to the shutdown after it.
static START: Mutex<Option<Start>> = Mutex::new(None);

struct Start {
    process: Process,
    console: Option<Console>,
    is_over: bool,
}

/// Starts the console if the environment asks for it and it does not run. A failure is a diagnostic.
pub(crate) fn start() {
    let Some(mut known) = lock(&START) else { return };
    if known.as_ref().is_some_and(|start| !start.is_over && start.process.is_current()) {
        return;
    }
    let console = Console::from_env();
    let console = console.and_then(|asked| asked.map(|builder| builder.serve()).transpose());
    let served = console.as_ref().ok().and_then(Clone::clone);
    *known = Some(Start { process: Process::current(), console: served, is_over: false });
    drop(known);
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
        let Some(mut known) = lock_until(&START, deadline) else { return false };
        let Some(start) = &mut *known else { return true };
        start.is_over = true;
        start.console.clone()
    };
    console.is_none_or(|console| {
        console.stop_within(deadline.saturating_duration_since(Instant::now()))
    })
}
