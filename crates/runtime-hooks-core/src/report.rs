//! The table of what was recorded, printed when the process exits.

use std::sync::Mutex;

use runtime_hooks_recorder::internals::{Process, catch, emit, lock, print};
use runtime_hooks_recorder::{Recorder, Severity, Snapshot};

/// What the exit handler prints. A forked child inherits it, and prints nothing of its parent's.
static REPORT: Mutex<Option<Report>> = Mutex::new(None);

struct Report {
    process: Process,
    recorder: Recorder,
}

/// Prints the table of this recorder to standard error when the process exits. A later call replaces the recorder.
pub(crate) fn at_exit(recorder: Recorder) {
    let Some(mut report) = lock(&REPORT) else { return };
    let before = report.replace(Report { process: Process::current(), recorder });
    drop(report);
    // A handler stays for the life of the process, and its forks have it too.
    if before.is_none() && !add_exit_handler(print_table) {
        emit(
            Severity::Error,
            format_args!("cannot report at exit: the system takes no exit handler"),
        );
    }
}

/// An exit handler. The process aborts if a panic leaves it.
extern "C" fn print_table() {
    let _ = catch(|| {
        let Some(report) = lock(&REPORT).and_then(|mut report| report.take()) else { return };
        if !report.process.is_current() {
            return;
        }
        // Without gauges: they are asked of runtimes, which may be gone.
        let mut snapshot = Snapshot::default();
        snapshot.series = report.recorder.series().collect();
        if snapshot.spawned() > 0 {
            print(&snapshot);
        }
    });
}

#[cfg(any(unix, windows))]
fn add_exit_handler(handler: extern "C" fn()) -> bool {
    shutdown_hooks::add_shutdown_hook(handler)
}

#[cfg(not(any(unix, windows)))]
fn add_exit_handler(_: extern "C" fn()) -> bool {
    false
}
