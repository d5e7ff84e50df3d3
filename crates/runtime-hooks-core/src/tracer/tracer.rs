//! The second seam, beside the recorder: something to carry along with a process.

use std::cell::OnceCell;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Site, series_key_of, shared_name};
use runtime_hooks_recorder::{Kind, Outcome, PanicRecord, SeriesKey};

use crate::settings::{Method, TraceNames};

/// Is asked at each submission whether there is something to carry: the caller's context, a span.
///
/// Set with [`Config::tracer`](crate::Config::tracer). Without one, or when it returns `None`, a
/// process costs one branch more.
///
/// None is called on a thread that is destroying its thread-locals: what is submitted there carries nothing.
pub trait Tracer: Send + Sync + 'static {
    /// Called on the submitting thread, in the caller's context.
    fn submit(&self, process: &Submission<'_>) -> Option<Arc<dyn TaskContext>>;
}

/// What a [`Tracer`] hands back: entered around each run of the process, told of its end.
///
/// On a thread that is destroying its thread-locals nothing is entered, and what there is to tell is told on another
/// thread, which then drops it too.
///
/// # Panics
///
/// A panic of a tracer, or of what it hands back, its destructor included, is caught and never reaches the task. The first is
/// reported as a [diagnostic](crate::Config::diagnostics), the second switches the tracer off until the next installation.
/// With `panic = "abort"` it ends the program.
pub trait TaskContext: Send + Sync + 'static {
    /// Calls `run` once, inside whatever is carried, and restores what was there before. `run` does not panic: a panic of
    /// the process goes on when this method has returned.
    fn enter(&self, run: &mut dyn FnMut());

    /// Whether it is to be [told of each run](Self::ran): then each is timed, whatever the detail.
    fn is_told_of_runs(&self) -> bool {
        false
    }

    /// A run is over that took so long, after the process had been runnable for so long: `None` if no wake
    /// asked for this run.
    fn ran(&self, busy: Duration, scheduled: Option<Duration>) {
        let _ = (busy, scheduled);
    }

    /// The process has panicked, as the panic hook saw it; its [end](Self::end) follows. Not called for a panic that the
    /// hook did not see: one that was resumed, or one while the program has replaced the hook.
    fn panicked(&self, panic: &PanicRecord) {
        let _ = panic;
    }

    /// The process has ended, so long after it was submitted. Called once.
    fn end(&self, outcome: Outcome, duration: Duration);
}

/// What a [`Tracer`] is told of a process. Its name is looked up when it is asked for: a tracer that carries a
/// context along and makes no span pays for no name.
#[derive(Debug)]
pub struct Submission<'a> {
    method: Method,
    site: &'a Site<'a>,
    names: &'a TraceNames,
    key: OnceCell<SeriesKey>,
}

impl<'a> Submission<'a> {
    pub(crate) fn new(method: Method, site: &'a Site<'a>, names: &'a TraceNames) -> Self {
        Self { method, site, names, key: OnceCell::new() }
    }

    /// Whether the configuration asks for a span: see [`TraceNames`].
    pub fn is_traced(&self) -> bool {
        !self.names.is_none() && self.names.matches(self.kind(), self.name())
    }

    /// Whether that span is to start a trace of its own, linked to the caller's: see [`TraceNames::linked`].
    pub fn is_linked(&self) -> bool {
        self.names.link(self.name())
    }

    /// By which call: it tells whether the process is polled by its caller, or handed to a runtime.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The `type` attribute.
    pub fn kind(&self) -> Kind {
        self.key().kind()
    }

    /// The `name` attribute; `None` for anonymous futures.
    pub fn name(&self) -> Option<&str> {
        self.key().name()
    }

    /// The same, to keep.
    pub fn shared_name(&self) -> Option<Arc<str>> {
        shared_name(self.key())
    }

    /// The `async.runtime.name` attribute.
    pub fn runtime(&self) -> &'static str {
        self.site.runtime
    }

    /// The full path of the future's or closure's type.
    pub fn type_name(&self) -> &'static str {
        self.site.type_name
    }

    /// The call site.
    pub fn location(&self) -> &'static Location<'static> {
        self.site.location
    }

    pub(crate) fn site(&self) -> &Site<'a> {
        self.site
    }

    fn key(&self) -> &SeriesKey {
        self.key.get_or_init(|| series_key_of(self.site))
    }
}

/// The tracer that carries nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTracer;

impl Tracer for NoTracer {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        None
    }
}
