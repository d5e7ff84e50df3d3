//! The traits for contexts that tasks carry.

use std::cell::OnceCell;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Site, series_key_of, shared_name};
use runtime_hooks_recorder::{Kind, Outcome, PanicRecord, SeriesKey};

use crate::settings::{Method, TraceNames};

/// Provides a context for each submitted task: the caller's context, or a span.
///
/// Set with [`Config::tracer`](crate::Config::tracer). Without a tracer, or if it returns `None`, a task costs one
/// more branch.
///
/// No tracer is called on a thread that is destroying its thread-locals: tasks submitted there carry no context.
pub trait Tracer: Send + Sync + 'static {
    /// Called on the submitting thread, in the caller's context.
    fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>>;
}

/// A task's context, returned by a [`Tracer`]: entered around each poll of the task, and notified of its end.
///
/// On a thread that is destroying its thread-locals the context is not entered. It is notified on another thread,
/// which also drops it.
///
/// # Panics
///
/// A panic of a tracer or a context, or of their destructors, is caught and never reaches the task. The first panic
/// is reported as a [diagnostic](crate::Config::diagnostics), the second disables the tracer until the next
/// installation. With `panic = "abort"` a panic aborts the program.
pub trait TaskContext: Send + Sync + 'static {
    /// Calls `run` once in this context, and restores the previous state after it. `run` does not panic: a panic of
    /// the task is resumed after this method has returned.
    fn enter(&self, run: &mut dyn FnMut());

    /// Whether to call [`poll_ended`](Self::poll_ended) for each poll. Then each poll is timed, at any level of detail.
    fn wants_polls(&self) -> bool {
        false
    }

    /// A poll has ended that took `busy`, after the task had been runnable for `scheduled`; `None` if no wake caused
    /// this poll.
    fn poll_ended(&self, busy: Duration, scheduled: Option<Duration>) {
        let _ = (busy, scheduled);
    }

    /// The task has panicked, as seen by the panic hook; [`end`](Self::end) follows. Not called if the hook did not
    /// see the panic: if it was resumed, or if the program has replaced the hook.
    fn panicked(&self, panic: &PanicRecord) {
        let _ = panic;
    }

    /// The task has ended, `duration` after its submission. Called once.
    fn end(&self, outcome: Outcome, duration: Duration);
}

/// A submitted task, as a [`Tracer`] sees it. The name is looked up only on request: a tracer that creates no spans
/// does not pay for it.
#[derive(Debug)]
pub struct Submission<'a> {
    method: Method,
    site: &'a Site<'a>,
    names: &'a TraceNames,
    key: OnceCell<(SeriesKey, Option<Arc<str>>)>,
}

impl<'a> Submission<'a> {
    pub(crate) fn new(method: Method, site: &'a Site<'a>, names: &'a TraceNames) -> Self {
        Self { method, site, names, key: OnceCell::new() }
    }

    /// Whether the configuration requests a span for the task: see [`TraceNames`].
    pub fn is_traced(&self) -> bool {
        !self.names.is_none() && self.names.matches(self.kind(), self.name(), self.function())
    }

    /// Whether that span starts a new trace that is linked to the caller's: see [`TraceNames::linked`].
    pub fn is_linked(&self) -> bool {
        self.names.link(self.name(), self.function())
    }

    /// The method of the submission. It shows whether the caller or a runtime polls the task.
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

    /// As [`name`](Self::name), shared.
    pub fn shared_name(&self) -> Option<Arc<str>> {
        shared_name(self.key())
    }

    /// The path of the function, or of the type of a future written by hand: [`SeriesKey::function`], also of a task
    /// with a given name.
    pub fn function(&self) -> Option<&str> {
        self.key_and_function().1.as_deref()
    }

    /// As [`function`](Self::function), shared.
    pub fn shared_function(&self) -> Option<Arc<str>> {
        self.key_and_function().1.clone()
    }

    /// The `async.runtime.name` attribute.
    pub fn runtime(&self) -> &'static str {
        self.site.runtime
    }

    /// The full path of the type of the future or closure.
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
        &self.key_and_function().0
    }

    fn key_and_function(&self) -> &(SeriesKey, Option<Arc<str>>) {
        self.key.get_or_init(|| series_key_of(self.site))
    }
}

/// A tracer without a context.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTracer;

impl Tracer for NoTracer {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        None
    }
}
