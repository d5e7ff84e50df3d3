//! Makes a context the current one, if that is possible.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::{Context, ContextGuard};

/// A context that is the current one while a task runs.
///
/// Inside a closure of `Context::map_current` or `get_active_span` no context can be attached: OpenTelemetry panics. A
/// task that is polled in such a closure runs in the context of its thread. OpenTelemetry offers no check for this,
/// so attaching is tried once for each task, and the panic is caught.
pub(super) struct Entry {
    context: Context,
    /// Relaxed: if two threads do not see each other's value, each tries once.
    is_refused: AtomicBool,
}

thread_local! {
    /// Whether the thread has a current context, once that is known.
    static IS_THERE: Cell<Option<bool>> = const { Cell::new(None) };

    /// Whether a task runs whose context could not be attached. No task that is polled inside of it can attach one either.
    static IS_REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the thread has a current context. It has none if the first call is made while the thread ends, after
/// OpenTelemetry's thread-local was destroyed. Only a panic reports that, so it is caught, once in such a thread.
pub(super) fn is_there() -> bool {
    IS_THERE.get().unwrap_or_else(|| {
        let is_there = catch_unwind(|| Context::map_current(|_| ())).is_ok();
        IS_THERE.set(Some(is_there));
        is_there
    })
}

/// Whether `is_it` holds for the current context; `None` if the thread has none any more. Catches the panic that reports
/// that: a thread can destroy its current context after [`is_there`] was asked.
pub(super) fn matches(is_it: impl FnOnce(&Context) -> bool) -> Option<bool> {
    if IS_THERE.get() == Some(false) {
        return None;
    }
    let matched = catch_unwind(AssertUnwindSafe(|| Context::map_current(is_it)));
    if matched.is_err() {
        IS_THERE.set(Some(false));
    }
    matched.ok()
}

impl Entry {
    pub(super) fn new(context: Context) -> Self {
        Self { context, is_refused: AtomicBool::new(false) }
    }

    pub(super) fn get(&self) -> &Context {
        &self.context
    }

    /// Runs in the context if it can be attached, else in the thread's own.
    pub(super) fn enter(&self, run: &mut dyn FnMut()) {
        let current = self.attach();
        let _refused = current.is_none().then(|| Refused(IS_REFUSED.replace(true)));
        run();
    }

    fn attach(&self) -> Option<ContextGuard> {
        if IS_REFUSED.get() || self.is_refused.load(Ordering::Relaxed) {
            return None;
        }
        let attached = catch_unwind(AssertUnwindSafe(|| self.context.clone().attach()));
        if attached.is_err() {
            self.is_refused.store(true, Ordering::Relaxed);
        }
        attached.ok()
    }
}

/// Restores the earlier value of `IS_REFUSED`, also after a panic.
struct Refused(bool);

impl Drop for Refused {
    fn drop(&mut self) {
        IS_REFUSED.set(self.0);
    }
}
