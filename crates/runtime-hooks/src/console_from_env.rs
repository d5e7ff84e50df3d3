//! Starts the console if the environment configures it.

use std::error::Error;
use std::time::Instant;

use runtime_hooks_console::Console;
use runtime_hooks_core::Severity;
use runtime_hooks_core::support::emit;

use crate::from_env::FromEnv;

/// The console of this process, from its start to its shutdown.
static CONSOLE: FromEnv<Console> = FromEnv::new();

/// Starts the console if the environment configures it and it is not running. A failure is a diagnostic.
pub(crate) fn start() {
    let start = || Console::from_env()?.map(|builder| builder.serve()).transpose();
    match CONSOLE.start(start) {
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
    CONSOLE.stop(deadline, |console, limit| console.stop_within(limit))
}

/// Whether a lint applies to a series to which it did not apply before; `None` if there is no console, which evaluates the
/// lints.
#[cfg(feature = "flight")]
pub(crate) fn new_findings() -> Option<impl FnMut() -> bool + Send + 'static> {
    let console = CONSOLE.get()?;
    let mut known = 0;
    Some(move || {
        let now = console.lint_seconds().len();
        std::mem::replace(&mut known, now) < now
    })
}
