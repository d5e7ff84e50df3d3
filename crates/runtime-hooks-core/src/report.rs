//! Prints the table of everything recorded when the process exits.

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
    // The handler stays for the lifetime of the process, and forks inherit it.
    if before.is_none() && !add_exit_handler(print_table) {
        emit(
            Severity::Error,
            format_args!("cannot report at exit: the system does not accept an exit handler"),
        );
    }
}

/// The exit handler. The process would abort if a panic left it.
extern "C" fn print_table() {
    let _ = catch(|| {
        let Some(report) = lock(&REPORT).and_then(|mut report| report.take()) else { return };
        if !report.process.is_current() {
            return;
        }
        // Without gauges: reading them calls runtimes that may have been dropped.
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
