//! SIGABRT: the process is about to abort. The thread that aborts waits for the writer's thread.
//!
//! A function that runs in a signal handler must be registered with `unsafe`: in this file only.
#![cfg_attr(
    unix,
    allow(unsafe_code, reason = "a function in a signal handler, see the module's comment")
)]

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often the aborting thread looks whether the record is there.
#[cfg(unix)]
const STEP: std::time::Duration = std::time::Duration::from_millis(5);
/// How often it looks. The thread that writes looks for the signal every 200 ms.
#[cfg(unix)]
const STEPS: u32 = 240;

/// What the handler and the writer's thread share.
#[derive(Debug, Default)]
struct Flags {
    came: AtomicBool,
    is_written: AtomicBool,
}

#[cfg(unix)]
impl Flags {
    /// Waits until the record is written; 1.2 s at most.
    fn wait(&self) {
        let mut left = STEPS;
        while left > 0 && !self.is_written.load(Ordering::Acquire) {
            std::thread::sleep(STEP);
            left -= 1;
        }
    }
}

thread_local! {
    static IS_WRITER: Cell<bool> = const { Cell::new(false) };
}

/// Ends the process as SIGABRT does that nobody catches.
fn end() {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGABRT);
}

/// Catches SIGABRT, until it is dropped.
#[derive(Debug)]
pub(super) struct Abort {
    flags: Arc<Flags>,
    #[cfg(unix)]
    id: signal_hook::SigId,
}

impl Abort {
    /// Makes the thread that aborts wait for [`written`](Self::written), for 1.2 s at most. Then the process ends as
    /// without this, also if the signal came from elsewhere.
    #[cfg(unix)]
    pub(super) fn catch() -> io::Result<Self> {
        use signal_hook::consts::SIGABRT;

        let flags = Arc::<Flags>::default();
        let of_handler = Arc::clone(&flags);
        let handle = move || {
            of_handler.came.store(true, Ordering::Release);
            // A signal from elsewhere can interrupt any thread, also the one that writes. It must not wait for itself.
            if !IS_WRITER.get() {
                of_handler.wait();
                end();
            }
        };
        // SAFETY: The function does only what a signal handler may: it loads and stores atomics and a thread-local that
        // needs no initialisation, sleeps, which is a call of `nanosleep`, and ends the process by `abort`. It takes no lock,
        // allocates nothing and cannot panic.
        let id = unsafe { signal_hook::low_level::register(SIGABRT, handle)? };
        Ok(Self { flags, id })
    }

    #[cfg(not(unix))]
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self { flags: Arc::default() })
    }

    /// Whether a thread aborts and waits.
    pub(super) fn came(&self) -> bool {
        self.flags.came.swap(false, Ordering::Acquire)
    }

    /// The calling thread is the one that writes.
    pub(super) fn is_writer() {
        IS_WRITER.set(true);
    }

    /// The record is written, or cannot be: the process ends.
    pub(super) fn written(&self) {
        self.flags.is_written.store(true, Ordering::Release);
        end();
    }
}

#[cfg(unix)]
impl Drop for Abort {
    fn drop(&mut self) {
        signal_hook::low_level::unregister(self.id);
    }
}
