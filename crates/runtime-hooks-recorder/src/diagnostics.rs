//! Messages of the instrumentation about itself: the one place that writes them.
//!
//! They go to standard error, or to what the program has set with
//! `Config::diagnostics`. Writing them cannot fail: an error of standard error is ignored,
//! since nobody is left to read about it.

use std::cell::Cell;
use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwapOption;

use crate::catch::catch;

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Good to know, such as where the console listens.
    Info,
    /// Something is ignored or incomplete; the program and its metrics go on.
    Warning,
    /// A part of the instrumentation does not work.
    Error,
}

/// One message of the instrumentation about itself: a setting that is ignored, a hook that panicked, an address that
/// cannot be listened on.
///
/// Its `Display` is the message, without the prefix that standard error gets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// One line of text, or a table of several lines.
    pub message: String,
}

impl Diagnostic {
    /// Writes `runtime-hooks: MESSAGE` to standard error, and ignores an error.
    pub fn write_to_stderr(&self) {
        write_to_stderr(&format!("runtime-hooks: {self}\n"));
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Where diagnostics go, if not to standard error.
pub type DiagnosticSink = dyn Fn(&Diagnostic) + Send + Sync;

/// The sink of the process.
struct Sink {
    call: Arc<DiagnosticSink>,
    panics: AtomicU8,
}

static SINK: ArcSwapOption<Sink> = ArcSwapOption::const_empty();

thread_local! {
    /// Set while this thread is in the sink, which may cause a diagnostic itself.
    static IS_IN_SINK: Cell<bool> = const { Cell::new(false) };
}

/// Sends the diagnostics of this process to `sink` from now on.
pub fn redirect(sink: Arc<DiagnosticSink>) {
    let before = SINK.swap(Some(Arc::new(Sink { call: sink, panics: AtomicU8::new(0) })));
    // The destructor of the sink before is the program's.
    let _ = catch(|| drop(before));
}

/// Tells one message. Never fails, never panics.
///
/// For the crates of this project.
#[doc(hidden)]
pub fn emit(severity: Severity, message: fmt::Arguments<'_>) {
    let diagnostic = Diagnostic { severity, message: message.to_string() };
    if !sent(&diagnostic) {
        diagnostic.write_to_stderr();
    }
}

/// Writes a text that the program has asked for, such as a table, to standard error; ignores an error.
pub fn print(text: &dyn fmt::Display) {
    write_to_stderr(&format!("{text}\n"));
}

/// Whether there is a sink that has taken it.
fn sent(diagnostic: &Diagnostic) -> bool {
    let sink = SINK.load();
    let Some(sink) = sink.as_ref().filter(|sink| sink.panics.load(Ordering::Relaxed) < 2) else {
        return false;
    };
    // A thread past its thread-locals cannot tell whether it is in the sink.
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

/// In one write, so that lines of several threads do not mix.
fn write_to_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
