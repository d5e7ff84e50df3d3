//! What polls do besides recording, in one word: a poll looks at it once.

use std::sync::atomic::{AtomicU8, Ordering};

/// Something that polls do besides recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum PollExtra {
    /// A task dump is in progress, or was a short while ago.
    #[cfg(feature = "dump")]
    Dump = 1,
    /// A watchdog looks at what each thread runs.
    #[cfg(feature = "watchdog")]
    Watch = 2,
}

/// Relaxed: a poll that does not see a change yet is an ordinary one.
static EXTRAS: AtomicU8 = AtomicU8::new(0);

/// Whether polls do anything else.
#[inline]
pub(crate) fn is_any() -> bool {
    EXTRAS.load(Ordering::Relaxed) != 0
}

impl PollExtra {
    #[inline]
    pub(crate) fn is_on(self) -> bool {
        EXTRAS.load(Ordering::Relaxed) & self as u8 != 0
    }

    pub(crate) fn set(self, on: bool) {
        if on {
            EXTRAS.fetch_or(self as u8, Ordering::Relaxed);
        } else {
            EXTRAS.fetch_and(!(self as u8), Ordering::Relaxed);
        }
    }
}
