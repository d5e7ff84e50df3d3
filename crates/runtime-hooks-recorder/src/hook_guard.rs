//! A hook of the program that the instrumentation calls: a reporter, a tracer, a source of gauges.
//!
//! Its panics end at the guard. The first is a diagnostic, the second switches the hook off.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use crate::catch::{catch, told};
use crate::diagnostics::{Severity, emit};

/// How often one hook may panic.
const MAX_PANICS: u8 = 2;

/// Stands between the instrumentation and one hook of the program.
#[derive(Debug)]
pub struct HookGuard {
    /// What the hook is called in diagnostics.
    hook: &'static str,
    panics: AtomicU8,
}

impl HookGuard {
    /// A guard of a hook that diagnostics call `hook`.
    pub const fn new(hook: &'static str) -> Self {
        Self { hook, panics: AtomicU8::new(0) }
    }

    /// A guard for a tracer, which lives as long as the process: each task that carries something refers to it, and
    /// counting these references would cost more than the guard.
    ///
    /// There are as many as tracers can be in use at once; one that is given out again starts anew.
    pub fn of_tracer() -> &'static Self {
        const GUARDS: usize = 256;
        static TRACERS: [HookGuard; GUARDS] = [const { HookGuard::new("a tracer") }; GUARDS];
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let guard = &TRACERS[NEXT.fetch_add(1, Ordering::Relaxed) % GUARDS];
        guard.panics.store(0, Ordering::Relaxed);
        guard
    }

    /// Whether the hook is called no more.
    pub fn is_off(&self) -> bool {
        self.panics.load(Ordering::Relaxed) >= MAX_PANICS
    }

    /// As [`call`](Self::call), with as little on the stack as can be: for what tasks are polled inside of.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a frame less for each level of nested futures")]
    pub fn enter(&self, method: &'static str, call: impl FnOnce()) {
        if !self.is_off()
            && let Err(payload) = catch_unwind(AssertUnwindSafe(call))
        {
            self.caught(method, payload);
        }
    }

    #[cold]
    #[inline(never)]
    fn caught(&self, method: &'static str, payload: Box<dyn Any + Send>) {
        self.panicked(method, &told(payload));
    }

    /// Calls `method` of the hook; `None` if it panicked, or is switched off.
    #[inline]
    pub fn call<R>(&self, method: &'static str, call: impl FnOnce() -> R) -> Option<R> {
        if self.is_off() {
            return None;
        }
        self.catch(method, call).ok()
    }

    /// As [`call`](Self::call), also if the hook is switched off: for its destructor.
    ///
    /// The error is the message of the panic.
    #[inline]
    pub fn catch<R>(&self, method: &'static str, call: impl FnOnce() -> R) -> Result<R, String> {
        catch(call).inspect_err(|panic| self.panicked(method, panic))
    }

    /// Counts a panic, and reports it.
    #[cold]
    pub fn panicked(&self, method: &'static str, panic: &str) {
        let hook = self.hook;
        // Saturating, since destructors panic as often as they like.
        let count = |panics: u8| Some(panics.saturating_add(1));
        let before = self.panics.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
        match before.unwrap_or(MAX_PANICS) {
            0 => emit(
                Severity::Warning,
                format_args!(
                    "{hook} panicked in `{method}` ({panic:?}): a second panic switches it off"
                ),
            ),
            1 => emit(
                Severity::Error,
                format_args!("{hook} panicked in `{method}` again ({panic:?}): it is switched off"),
            ),
            _ => {}
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_second_panic_switches_a_hook_off() {
        let guard = HookGuard::new("a hook of this test");
        assert_eq!(guard.call("works", || 1), Some(1));
        assert_eq!(guard.call("fails", || -> u32 { panic!("once") }), None);
        assert_eq!((guard.is_off(), guard.call("works", || 2)), (false, Some(2)));
        assert_eq!(guard.call("fails", || -> u32 { panic!("twice") }), None);
        let mut calls = 0;
        assert_eq!((guard.is_off(), guard.call("works", || calls += 1)), (true, None));
        assert_eq!(calls, 0);
    }
}
