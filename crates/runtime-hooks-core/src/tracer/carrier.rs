//! A tracer and what it hands out, each behind a guard: a panic in them reaches neither the recording nor the task.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Call, HookGuard, unless_exiting};
use runtime_hooks_recorder::{Outcome, PanicRecord};

use super::elsewhere::elsewhere;
use super::tracer::{Submission, TaskContext, Tracer};

/// Guards what is our own, and cannot panic.
static OURS: HookGuard = HookGuard::new("a tracer of runtime-hooks");

/// A tracer behind its guard.
#[derive(Clone)]
pub(crate) struct GuardedTracer {
    // An `Option` to take it out of before its destructor, which is the program's, runs.
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

    /// The same tracer behind a guard that has seen no panic: for another installation.
    pub(crate) fn renewed(&self) -> Self {
        Self { tracer: self.tracer.clone(), guard: HookGuard::of_tracer() }
    }

    pub(crate) fn submit(&self, submission: &Submission<'_>) -> Option<Carrier> {
        let guard = self.guard;
        let tracer = self.tracer.as_ref()?;
        guard.call("submit", || tracer.submit(submission)).flatten().map(|carried| {
            let is_told = guard.call("is_told_of_runs", || carried.is_told_of_runs());
            Carrier { carried: Some(carried), is_told: is_told.unwrap_or(false), guard }
        })
    }
}

impl Drop for GuardedTracer {
    fn drop(&mut self) {
        let tracer = self.tracer.take();
        let _ = self.guard.catch("drop", || drop(tracer));
    }
}

/// What a task carries, behind the guard of its tracer.
#[derive(Clone)]
pub(crate) struct Carrier {
    // An `Option` to take it out of before its destructor, which is the program's, runs.
    carried: Option<Arc<dyn TaskContext>>,
    is_told: bool,
    guard: &'static HookGuard,
}

impl Carrier {
    /// Something of this crate to carry.
    pub(crate) fn ours(carried: Arc<dyn TaskContext>) -> Self {
        Self { is_told: carried.is_told_of_runs(), carried: Some(carried), guard: &OURS }
    }

    pub(crate) fn is_told_of_runs(&self) -> bool {
        self.is_told
    }

    /// Calls `run` exactly once, inside of what is carried if that works. `run` must not panic.
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

    /// Calls `run` inside of what is carried, as often as that does: once, if it works. `run` must not panic.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a frame less for each level of nested futures")]
    pub(crate) fn try_enter(&self, run: &mut dyn FnMut()) {
        unless_exiting(Call::Enter, || {
            if let Some(carried) = self.carried.as_deref() {
                self.guard.enter("enter", || carried.enter(run));
            }
        });
    }

    pub(crate) fn ran(&self, busy: Duration, scheduled: Option<Duration>) {
        if self.is_told {
            self.call("ran", |carried| carried.ran(busy, scheduled));
        }
    }

    pub(crate) fn panicked(&self, panic: &PanicRecord) {
        self.call("panicked", |carried| carried.panicked(panic));
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
    /// What is carried may need thread-locals for its end: a span that nobody has ended ends.
    fn drop(&mut self) {
        let (mut carried, guard) = (self.carried.take(), self.guard);
        let let_go = |carried| {
            let _ = guard.catch("drop", || drop(carried));
        };
        if unless_exiting(Call::End, || let_go(carried.take())).is_none() {
            elsewhere(move || let_go(carried));
        }
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").field("is_told", &self.is_told).finish_non_exhaustive()
    }
}
