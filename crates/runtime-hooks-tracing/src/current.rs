//! The current span, with a guard against a subscriber that panics.

use std::panic::catch_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::Span;

/// How long the subscriber is not called after a panic.
const PAUSE: Duration = Duration::from_secs(60);

/// The caller's current span, if there is one.
///
/// If the program holds a span's guard across an await, its span stays current on a thread where it does not belong.
/// Another thread may close such a span at any moment, also while `Span::current` takes a reference to it: then the
/// subscriber panics. Such spans cannot be recognised, so the panic is caught. Each panic calls the program's panic
/// hook, which usually prints it, so the subscriber is not called again for a minute.
pub(crate) fn current() -> Option<Span> {
    if is_paused() {
        return None;
    }
    let Ok(span) = catch_unwind(Span::current) else {
        pause();
        return None;
    };
    (!span.is_none()).then_some(span)
}

/// The end of the pause, in nanoseconds since `start`; 0 if there was no panic. Relaxed: nothing is published with it.
static PAUSED_UNTIL: AtomicU64 = AtomicU64::new(0);

fn is_paused() -> bool {
    let until = PAUSED_UNTIL.load(Ordering::Relaxed);
    until != 0 && start().elapsed() < Duration::from_nanos(until)
}

#[cold]
fn pause() {
    let until = (start().elapsed() + PAUSE).as_nanos();
    PAUSED_UNTIL.store(u64::try_from(until).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}
