//! A poll while a task dump is in progress, or while a watchdog looks at what each thread runs.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::poll::poll_now;
use super::record::TaskRecord;
use crate::classify::Classify;

/// As [`poll_recorded`](super::poll_recorded), with what polls do besides recording.
// Not inlined, so that other polls need no stack for it.
#[inline(never)]
pub(super) fn poll_with_extras<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    #[cfg(feature = "watchdog")]
    let here = 0_u8;
    #[cfg(feature = "watchdog")]
    let _watched = is_watched()
        .then(|| super::watched::WatchedPoll::start(record, std::ptr::from_ref(&here).addr()));
    #[cfg(feature = "dump")]
    if crate::dump::is_active() {
        return super::dumped::poll_in_dump(record, classify, inner, cx);
    }
    poll_now(record, classify, inner, cx)
}

/// Whether a watchdog looks at what each thread runs.
#[cfg(feature = "watchdog")]
#[inline]
pub(crate) fn is_watched() -> bool {
    crate::poll_extras::PollExtra::Watch.is_on()
}
