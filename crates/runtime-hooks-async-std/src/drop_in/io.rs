//! `async_std::io`, with [`timeout`] recorded.

use std::pin::pin;
use std::time::Duration;

#[doc(no_inline)]
pub use async_std::io::*;

use super::HERE;

/// As [`async_std::io::timeout`], recorded.
#[track_caller]
pub fn timeout<F, T>(dur: Duration, f: F) -> impl Future<Output = Result<T>>
where
    F: Future<Output = Result<T>>,
{
    let recorded = HERE.deadlined(f);
    async move {
        let mut recorded = pin!(recorded);
        let result = async_std::io::timeout(dur, recorded.as_mut()).await;
        if result.is_err() {
            // Without effect if the error is the future's own: then it is over.
            recorded.elapse();
        }
        result
    }
}
