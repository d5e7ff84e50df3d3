//! Calls hooks that the program provides: reporters, tracers, sources of gauges.
//!
//! The guard catches their panics. The first panic is a diagnostic, the second disables the hook.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use crate::catch::{catch, take_message};
use crate::diagnostics::{Severity, emit};

/// A hook is disabled after this many panics.
const MAX_PANICS: u8 = 2;

/// Guards all calls of one hook.
#[derive(Debug)]
pub struct HookGuard {
    /// The name of the hook in diagnostics.
    hook: &'static str,
    panics: AtomicU8,
}

impl HookGuard {
    /// A guard for the hook that diagnostics call `hook`.
    pub const fn new(hook: &'static str) -> Self {
        Self { hook, panics: AtomicU8::new(0) }
    }

    /// A static guard for a tracer. Each task that carries a context refers to it, and reference counts would cost
    /// more than the guard.
    ///
    /// There are 256 guards. More tracers than that share them, and a guard that is reused starts without panics.
    pub fn of_tracer() -> &'static Self {
        const GUARDS: usize = 256;
        static TRACERS: [HookGuard; GUARDS] = [const { HookGuard::new("a tracer") }; GUARDS];
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let guard = &TRACERS[NEXT.fetch_add(1, Ordering::Relaxed) % GUARDS];
        guard.panics.store(0, Ordering::Relaxed);
        guard
    }

    /// Whether the hook has been disabled.
    pub fn is_off(&self) -> bool {
        self.panics.load(Ordering::Relaxed) >= MAX_PANICS
    }

    /// As [`call`](Self::call), with minimal stack use: tasks are polled inside of it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "saves a stack frame at each level of nested futures")]
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
        self.panicked(method, &take_message(payload));
    }

    /// Calls `method` of the hook; `None` if it panicked or is disabled.
    #[inline]
    pub fn call<R>(&self, method: &'static str, call: impl FnOnce() -> R) -> Option<R> {
        if self.is_off() {
            return None;
        }
        self.catch(method, call).ok()
    }

    /// As [`call`](Self::call), but also when the hook is disabled: for its destructor.
    ///
    /// The error is the message of the panic.
    #[inline]
    pub fn catch<R>(&self, method: &'static str, call: impl FnOnce() -> R) -> Result<R, String> {
        catch(call).inspect_err(|panic| self.panicked(method, panic))
    }

    /// Counts a panic and reports it.
    #[cold]
    pub fn panicked(&self, method: &'static str, panic: &str) {
        let hook = self.hook;
        // Saturating: destructors can panic any number of times.
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
