//! The instrumentation's messages about itself. Only this module writes them.
//!
//! They go to standard error, or to the sink that the program sets with `Config::diagnostics`. Errors of standard
//! error are ignored.

use std::cell::Cell;
use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwapOption;

use crate::catch::catch;

/// How severe a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Information, such as the address of the console.
    Info,
    /// A setting is ignored or a part is incomplete; the program and its metrics continue.
    Warning,
    /// A part of the instrumentation does not work.
    Error,
}

/// One message of the instrumentation about itself: an ignored setting, a hook that panicked, an address that cannot
/// be bound.
///
/// Its `Display` is the message without the prefix that is added on standard error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How severe it is.
    pub severity: Severity,
    /// One line of text, or a table of several lines.
    pub message: String,
}

impl Diagnostic {
    /// Writes `runtime-hooks: MESSAGE` to standard error. Errors are ignored.
    pub fn write_to_stderr(&self) {
        write_to_stderr(&format!("runtime-hooks: {self}\n"));
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The program's sink for diagnostics.
pub type DiagnosticSink = dyn Fn(&Diagnostic) + Send + Sync;

/// The process-wide sink.
struct Sink {
    call: Arc<DiagnosticSink>,
    panics: AtomicU8,
}

static SINK: ArcSwapOption<Sink> = ArcSwapOption::const_empty();

thread_local! {
    /// Set while this thread calls the sink, which may itself cause a diagnostic.
    static IS_IN_SINK: Cell<bool> = const { Cell::new(false) };
}

/// Sends the diagnostics of this process to `sink` from now on.
pub fn redirect(sink: Arc<DiagnosticSink>) {
    let before = SINK.swap(Some(Arc::new(Sink { call: sink, panics: AtomicU8::new(0) })));
    // The destructor of the previous sink is user code.
    let _ = catch(|| drop(before));
}

/// Emits one message. Never fails, never panics.
///
/// For the crates of this project.
#[doc(hidden)]
pub fn emit(severity: Severity, message: fmt::Arguments<'_>) {
    let diagnostic = Diagnostic { severity, message: message.to_string() };
    if !sent(&diagnostic) {
        diagnostic.write_to_stderr();
    }
}

/// Writes a text that the program asked for, such as a table, to standard error. Errors are ignored.
///
/// On Unix, it does not take the lock of [`std::io::stderr`]: when the process exits, a thread may hold it
/// forever.
pub fn print(text: &dyn fmt::Display) {
    let text = format!("{text}\n");
    #[cfg(unix)]
    if let Ok(stderr) = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned() {
        let _ = std::fs::File::from(stderr).write_all(text.as_bytes());
        return;
    }
    write_to_stderr(&text);
}

/// Whether a sink has accepted the message.
fn sent(diagnostic: &Diagnostic) -> bool {
    let sink = SINK.load();
    let Some(sink) = sink.as_ref().filter(|sink| sink.panics.load(Ordering::Relaxed) < 2) else {
        return false;
    };
    // A thread whose thread-locals are destroyed cannot see whether it is in the sink.
    if IS_IN_SINK.try_with(|is_in| is_in.replace(true)).unwrap_or(true) {
        return false;
    }
    let result = catch(|| (sink.call)(diagnostic));
    let _ = IS_IN_SINK.try_with(|is_in| is_in.set(false));
    if let Err(panic) = &result {
        let then = match sink.panics.fetch_add(1, Ordering::Relaxed) {
            0 => "a second panic switches it off",
            _ => "it is switched off",
        };
        let text = format!("the sink of Config::diagnostics panicked ({panic:?}): {then}");
        Diagnostic { severity: Severity::Error, message: text }.write_to_stderr();
    }
    result.is_ok()
}

/// A single write, so that lines of several threads do not mix.
fn write_to_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
