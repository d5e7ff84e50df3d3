//! Guards for tracers and task contexts: their panics reach neither the recording nor the task.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Call, HookGuard, unless_exiting};
use runtime_hooks_recorder::{Outcome, PanicRecord, TraceIds};

use super::exit_thread::run_on_exit_thread;
use super::tracer::{Submission, TaskContext, Tracer};

/// The guard for contexts of this crate, which do not panic.
static OURS: HookGuard = HookGuard::new("a tracer of runtime-hooks");

/// A tracer with its guard.
#[derive(Clone)]
pub(crate) struct GuardedTracer {
    // An `Option`, because `drop` moves it out to run its destructor, which is user code, in the guard.
    tracer: Option<Arc<dyn Tracer>>,
    guard: &'static HookGuard,
}

impl GuardedTracer {
    /// A tracer of the program.
    pub(crate) fn new(tracer: Arc<dyn Tracer>) -> Self {
        Self { tracer: Some(tracer), guard: HookGuard::of_tracer() }
    }

    /// A tracer of this crate.
    pub(crate) fn ours(tracer: Arc<dyn Tracer>) -> Self {
        Self { tracer: Some(tracer), guard: &OURS }
    }

    /// The same tracer with a guard that has seen no panic: for another installation.
    pub(crate) fn renewed(&self) -> Self {
        Self { tracer: self.tracer.clone(), guard: HookGuard::of_tracer() }
    }

    /// Sets `carrier` if the tracer has a context for the task.
    ///
    /// The carrier is not returned: it would be copied at each return, right after its fields were stored one by one, and
    /// the processor would wait for the stores, 9 ns each time, also where there is none.
    #[inline]
    pub(crate) fn submit(&self, submission: &Submission<'_>, carrier: &mut Option<Carrier>) {
        let (guard, Some(tracer)) = (self.guard, &self.tracer) else { return };
        let submitted = guard.call("submit", || tracer.submit(submission));
        if let Some(Some(carried)) = submitted {
            let notifies = guard.call("wants_polls", || carried.wants_polls()).unwrap_or(false);
            *carrier = Some(Carrier { carried: Some(carried), notifies, guard });
        }
    }
}

impl Drop for GuardedTracer {
    fn drop(&mut self) {
        let tracer = self.tracer.take();
        let _ = self.guard.catch("drop", || drop(tracer));
    }
}

/// A task's context, with the guard of its tracer.
#[derive(Clone)]
pub(crate) struct Carrier {
    // An `Option`, because `drop` moves it out to run its destructor, which is user code, in the guard.
    carried: Option<Arc<dyn TaskContext>>,
    notifies: bool,
    guard: &'static HookGuard,
}

impl Carrier {
    /// A context of this crate.
    pub(crate) fn ours(carried: Arc<dyn TaskContext>) -> Self {
        Self { notifies: carried.wants_polls(), carried: Some(carried), guard: &OURS }
    }

    pub(crate) fn wants_polls(&self) -> bool {
        self.notifies
    }

    /// Calls `run` exactly once, in the context if that works. `run` must not panic.
    pub(crate) fn enter(&self, run: &mut dyn FnMut()) {
        let mut has_run = false;
        self.try_enter(&mut || {
            if !std::mem::replace(&mut has_run, true) {
                run();
            }
        });
        if !has_run {
            run();
        }
    }

    /// Calls `run` in the context, as often as the context calls it: once, if it works. `run` must not panic.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "saves a stack frame at each level of nested futures")]
    pub(crate) fn try_enter(&self, run: &mut dyn FnMut()) {
        unless_exiting(Call::Enter, || {
            if let Some(carried) = self.carried.as_deref() {
                self.guard.enter("enter", || carried.enter(run));
            }
        });
    }

    pub(crate) fn poll_ended(&self, busy: Duration, scheduled: Option<Duration>) {
        if self.notifies {
            self.call("poll_ended", |carried| carried.poll_ended(busy, scheduled));
        }
    }

    pub(crate) fn panicked(&self, panic: &PanicRecord) {
        self.call("panicked", |carried| carried.panicked(panic));
    }

    pub(crate) fn trace_ids(&self) -> Option<TraceIds> {
        let carried = self.carried.as_deref()?;
        self.guard.call("trace_ids", || carried.trace_ids()).flatten()
    }

    pub(crate) fn end(&self, outcome: Outcome, duration: Duration) {
        self.call("end", |carried| carried.end(outcome, duration));
    }

    fn call(&self, method: &'static str, call: impl FnOnce(&dyn TaskContext)) {
        if let Some(carried) = self.carried.as_deref() {
            let _ = self.guard.call(method, || call(carried));
        }
    }
}

impl Drop for Carrier {
    /// Dropping a context may need thread-locals: it ends a span that has not been ended.
    fn drop(&mut self) {
        let (mut carried, guard) = (self.carried.take(), self.guard);
        let drop_context = |carried| {
            let _ = guard.catch("drop", || drop(carried));
        };
        if unless_exiting(Call::End, || drop_context(carried.take())).is_none() {
            run_on_exit_thread(move || drop_context(carried));
        }
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").field("notifies", &self.notifies).finish_non_exhaustive()
    }
}
