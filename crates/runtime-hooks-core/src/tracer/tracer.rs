//! The traits for contexts that tasks carry.

use std::any::Any;
use std::cell::OnceCell;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Site, SiteInfo, shared_name};
use runtime_hooks_recorder::{Kind, Outcome, PanicRecord, TraceIds};

use crate::settings::{Method, Selected, Selector};

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

    /// The ids of the task's span, or of its caller's that the task carries, if that span is sampled: for
    /// [exemplars](crate::Recorder::exemplars). Called before [`end`](Self::end), if an exemplar is wanted.
    fn trace_ids(&self) -> Option<TraceIds> {
        None
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
    selector: &'a Selector,
    info: OnceCell<Rc<SiteInfo>>,
}

impl<'a> Submission<'a> {
    pub(crate) fn new(method: Method, site: &'a Site<'a>, selector: &'a Selector) -> Self {
        Self { method, site, selector, info: OnceCell::new() }
    }

    /// Whether the configuration requests a span for the task: see [`TraceNames`](crate::TraceNames).
    pub fn is_traced(&self) -> bool {
        self.selector.selects_spans() && self.selected().is_traced()
    }

    /// Whether that span starts a new trace that is linked to the caller's: see
    /// [`TraceNames::linked`](crate::TraceNames::linked).
    pub fn is_linked(&self) -> bool {
        self.selected().is_linked()
    }

    /// Whether the configuration requests that the task carries the caller's live span: see
    /// [`TraceNames::live`](crate::TraceNames::live).
    ///
    /// A span that is ended by its drop stays open until the last task that carries it ends.
    pub fn carries_live_span(&self) -> bool {
        self.selector.selects_live() && self.selected().is_live()
    }

    /// The method of the submission.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Whether the caller polls the future itself: in `block_on`, `timeout`, `gather`, `as_completed`, and `or` and
    /// `race` of smol. Without a tracer such a future runs in whatever context is current when it is polled.
    ///
    /// The future of `instrument` is not one of them: it is made to be polled anywhere.
    pub fn is_in_place(&self) -> bool {
        self.method.is_in_place()
    }

    /// The `type` attribute.
    pub fn kind(&self) -> Kind {
        self.info().key.kind()
    }

    /// The `name` attribute; `None` for anonymous futures.
    pub fn name(&self) -> Option<&str> {
        self.info().key.name()
    }

    /// As [`name`](Self::name), shared.
    pub fn shared_name(&self) -> Option<Arc<str>> {
        shared_name(&self.info().key)
    }

    /// The path of the function, or of the type of a future written by hand:
    /// [`SeriesKey::function`](crate::SeriesKey::function), also of a task with a given name.
    pub fn function(&self) -> Option<&str> {
        self.info().function.as_deref()
    }

    /// As [`function`](Self::function), shared.
    pub fn shared_function(&self) -> Option<Arc<str>> {
        self.info().function.clone()
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

    /// Whether [`per_call_site`](Self::per_call_site) returns the same value at the next submission. It does not for a
    /// task whose name is computed at run time.
    #[doc(hidden)]
    pub fn is_cached(&self) -> bool {
        self.info().is_cached()
    }

    /// A value of a tracer of this project that depends on the call site only. `make` is called at the first submission
    /// with this type of value, once per call site and thread.
    #[doc(hidden)]
    pub fn per_call_site<T: Any>(&self, make: impl FnOnce() -> T) -> &T {
        self.info().value(make)
    }

    pub(crate) fn site(&self) -> &Site<'a> {
        self.site
    }

    fn selected(&self) -> Selected {
        self.selector.select(self.info())
    }

    fn info(&self) -> &SiteInfo {
        self.info.get_or_init(|| SiteInfo::of(self.site))
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
