//! A thread that replays between collections.

use std::fmt;
use std::sync::Weak;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use runtime_hooks_core::{Severity, emit};

use crate::bridge::Shared;

/// Ends its thread when dropped, which the thread's own last look at the bridge may do.
pub(crate) struct PreDrain(#[expect(dead_code, reason = "its drop is the message")] Sender<()>);

impl PreDrain {
    pub(crate) fn start(shared: Weak<Shared>, interval: Duration) -> Self {
        let (alive, ended) = channel::<()>();
        let name = "runtime-hooks-drain".to_owned();
        let run = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let Some(shared) = shared.upgrade() else { return };
                let drain = std::panic::AssertUnwindSafe(|| shared.drain());
                if std::panic::catch_unwind(drain).is_err() {
                    let message = format_args!("a drain of metrics panicked and is incomplete");
                    emit(Severity::Error, message);
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name(name).spawn(run) {
            // Collections replay all the same, only more at once.
            let message = format_args!("no thread to drain metrics between collections: {error}");
            emit(Severity::Warning, message);
        }
        Self(alive)
    }
}

impl fmt::Debug for PreDrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreDrain")
    }
}
