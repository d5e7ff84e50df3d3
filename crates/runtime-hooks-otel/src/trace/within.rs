//! The context of a task without a span of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use runtime_hooks_core::TaskContext;
use runtime_hooks_recorder::{Outcome, TraceIds};

use super::carried::{Values, sampled_ids, with_ids_only};
use super::current::{self, Entry};

/// Runs the task in what it carries of its caller's context.
pub(super) struct Within(Entry);

impl Within {
    pub(super) fn new(context: Context) -> Self {
        Self(Entry::new(context))
    }
}

impl TaskContext for Within {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.0.enter(run);
    }

    fn trace_ids(&self) -> Option<TraceIds> {
        sampled_ids(self.0.get())
    }

    fn end(&self, _: Outcome, _: Duration) {}
}

/// As [`Within`], with the caller's live span. It is released at the end of the task, and not with the task's last waker,
/// which others can keep.
pub(super) struct WithinLive {
    live: Mutex<Option<Arc<Entry>>>,
    ids: Context,
}

impl WithinLive {
    pub(super) fn new(context: Context) -> Self {
        let ids = with_ids_only(&context);
        Self { live: Mutex::new(Some(Arc::new(Entry::new(context)))), ids }
    }

    fn live(&self) -> MutexGuard<'_, Option<Arc<Entry>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskContext for WithinLive {
    fn enter(&self, run: &mut dyn FnMut()) {
        let live = self.live().clone();
        match live {
            Some(live) => live.enter(run),
            None => run(),
        }
    }

    fn trace_ids(&self) -> Option<TraceIds> {
        sampled_ids(&self.ids)
    }

    fn end(&self, _: Outcome, _: Duration) {
        let live = self.live().take();
        // Without the lock: it may end a span, which calls span processors.
        drop(live);
    }
}

/// For a future that can be polled by its caller. There the caller's context is current, with the live span, of which the
/// task carries only the ids: it stays.
pub(super) struct UnlessCurrent<C> {
    pub(super) carried: C,
    /// What it carries, with the ids only.
    pub(super) ids: Context,
    pub(super) values: Values,
    pub(super) stays: Stays,
}

/// Which current contexts stay.
#[derive(Clone, Copy)]
pub(super) enum Stays {
    /// Any that has something to carry: the future runs in the context of whoever polls it.
    Any,
    /// That of the caller.
    Same,
}

impl<C> UnlessCurrent<C> {
    fn stays(&self, current: &Context) -> bool {
        match self.stays {
            Stays::Any => self.values.has_any(current),
            Stays::Same => self.values.are_same(current, &self.ids),
        }
    }
}

impl<C: TaskContext> TaskContext for UnlessCurrent<C> {
    fn enter(&self, run: &mut dyn FnMut()) {
        // A thread whose current context is destroyed cannot enter another one.
        if current::matches(|current| self.stays(current)).unwrap_or(true) {
            run();
        } else {
            self.carried.enter(run);
        }
    }

    fn trace_ids(&self) -> Option<TraceIds> {
        self.carried.trace_ids()
    }

    fn end(&self, outcome: Outcome, duration: Duration) {
        self.carried.end(outcome, duration);
    }
}
