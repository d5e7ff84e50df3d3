//! A thread that replays between collections.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use runtime_hooks_recorder::Severity;
use runtime_hooks_recorder::internals::{ServiceThread, emit};

/// Ends its thread when it is dropped. The thread itself may drop it, with the last reference to the bridge.
pub(crate) struct PreDrain {
    finish: Sender<()>,
    is_finishing: AtomicBool,
    thread: ServiceThread,
}

impl PreDrain {
    /// Drains at this interval what `export` returns, until that is `None`. Returns `None` if no thread can be started.
    pub(crate) fn start<E>(
        interval: Duration,
        export: impl Fn() -> Option<E> + Send + 'static,
        drain: impl Fn(&E) + Send + 'static,
    ) -> Option<Self> {
        let (finish, finished) = channel::<()>();
        let run = move || {
            loop {
                let finish = finished.recv_timeout(interval);
                if finish == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                let Some(export) = export() else { return };
                if catch_unwind(AssertUnwindSafe(|| drain(&export))).is_err() {
                    let message = format_args!("a drain of metrics panicked and is incomplete");
                    emit(Severity::Error, message);
                }
                if finish.is_ok() {
                    return;
                }
            }
        };
        match ServiceThread::start("runtime-hooks-drain", run) {
            Ok(thread) => Some(Self { finish, is_finishing: AtomicBool::new(false), thread }),
            Err(error) => {
                // Collections still replay, but more events at once.
                let message =
                    format_args!("no thread to drain metrics between collections: {error}");
                emit(Severity::Warning, message);
                None
            }
        }
    }

    /// Makes the thread drain once more and end. Returns whether it did within `limit`.
    pub(crate) fn finish(&self, limit: Duration) -> bool {
        self.is_finishing.store(true, Ordering::Relaxed);
        // Sending fails if the thread has ended.
        let _ = self.finish.send(());
        self.thread.join_within(limit)
    }

    /// Whether [`finish`](Self::finish) was not called.
    pub(crate) fn goes_on(&self) -> bool {
        !self.is_finishing.load(Ordering::Relaxed)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.thread.join_within(Duration::ZERO)
    }
}

impl fmt::Debug for PreDrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreDrain")
    }
}
