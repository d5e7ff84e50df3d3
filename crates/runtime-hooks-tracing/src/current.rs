//! The current span, unless the subscriber cannot tell it.

use std::panic::catch_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::Span;

/// For how long nobody asks after a panic.
const PAUSE: Duration = Duration::from_secs(60);

/// The caller's span, if there is one.
///
/// A guard that is held across an await leaves its span on a thread that knows nothing of it. Such a span may be closed
/// by another thread at any moment, also between the look at it and the reference to it that `Span::current` takes:
/// then a subscriber panics. Nothing tells such a span from others, so the panic is caught; and since each panic calls
/// the program's panic hook, which usually prints it, nobody asks again for a minute.
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

/// Until when, in nanoseconds since `start`; 0 if nobody ever panicked. Relaxed: nothing is published with it.
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
