//! The task dump of the process, and the one that the environment asks for.

use std::error::Error;
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

/// From its start to its shutdown.
static ON_QUIT: FromEnv<DumpOnQuit> = FromEnv::new();

/// Dumps on SIGQUIT from now on, and keeps the list of live tasks, if the environment asks for it. A failure is a
/// diagnostic.
pub(crate) fn start() {
    if let Err(error) = ON_QUIT.start(configured) {
        emit(Severity::Error, format_args!("{error}"));
    }
}

fn configured() -> Result<Option<DumpOnQuit>, Box<dyn Error>> {
    let builder = DumpOnQuit::from_vars(|name| std::env::var_os(name))?;
    let Some(builder) = builder else { return Ok(None) };
    let started = builder.on_quit(recorder);
    let started = started.map_err(|error| format!("no task dump on SIGQUIT: {error}"))?;
    // A dump without it would be empty.
    Instrumentor::global().set_live(true);
    Ok(Some(started))
}

/// Stops it. Returns whether its thread has ended by the deadline.
pub(crate) fn stop(deadline: Instant) -> bool {
    ON_QUIT.stop(deadline, |on_quit, limit| on_quit.stop_within(limit))
}
