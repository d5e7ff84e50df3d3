//! `async_std::io`, with [`timeout`] recorded.

use std::time::Duration;

#[doc(no_inline)]
pub use async_std::io::*;

use super::{DROP_IN, within};

/// As [`async_std::io::timeout`], recorded.
#[track_caller]
pub fn timeout<F, T>(dur: Duration, f: F) -> impl Future<Output = Result<T>>
where
    F: Future<Output = Result<T>>,
{
    // If the future fails itself it has ended before `elapse` is called, so the error is not recorded as an elapsed
    // deadline.
    within(DROP_IN.deadlined(f), async move |f| async_std::io::timeout(dur, f).await)
}
