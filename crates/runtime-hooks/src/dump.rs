//! The task dump of the process, and the one that the environment asks for.

use std::time::Instant;

use runtime_hooks_core::support::emit;
use runtime_hooks_core::{Instrumentor, Recorder, Severity};
use runtime_hooks_dump::{DumpOnQuit, TaskDump};

use crate::from_env::FromEnv;

/// Where each live task of this process waits.
///
/// It needs `Config::live`, or `OTEL_RUST_ASYNCIO_LIVE=true`. It blocks the calling thread for some milliseconds, and
/// 50 ms more for each 1 000 tasks: call it on a thread that runs no tasks, whose own tasks could not answer.
///
/// ```
/// let hooks = runtime_hooks::instrument_with(runtime_hooks::Config::from_env().live(true));
/// // ... the program ...
/// print!("{}", runtime_hooks::dump());
/// # drop(hooks);
/// ```
pub fn dump() -> TaskDump {
    TaskDump::of(&recorder())
}

fn recorder() -> Recorder {
    Instrumentor::global().recorder()
}

/// What decides whether SIGQUIT writes a dump.
const VARIABLE: &str = "OTEL_RUST_ASYNCIO_DUMP_ON";

static ON_QUIT: FromEnv<DumpOnQuit> = FromEnv::new();

/// Dumps on SIGQUIT from now on, if the environment asks for it. A failure is a diagnostic.
pub(crate) fn start() {
    if let Err(error) = ON_QUIT.start(configured) {
        emit(Severity::Error, format_args!("no task dump on SIGQUIT: {error}"));
    }
}

fn configured() -> Result<Option<DumpOnQuit>, String> {
    // An empty variable counts as unset, as OpenTelemetry specifies.
    let value = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    let Some(value) = value else { return Ok(None) };
    if value != "sigquit" {
        let value = value.to_string_lossy();
        return Err(format!("{VARIABLE}={value:?}: expected sigquit"));
    }
    let started = TaskDump::builder().on_quit(recorder);
    started.map(Some).map_err(|error| error.to_string())
}

/// Stops it. Returns whether its thread has ended by the deadline.
pub(crate) fn stop(deadline: Instant) -> bool {
    ON_QUIT.stop(deadline, |on_quit, limit| on_quit.stop_within(limit))
}
