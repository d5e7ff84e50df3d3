//! `async_std::future`, with [`timeout`] recorded, and the methods of futures that await several futures.

use std::time::Duration;
#[cfg(feature = "unstable")]
use std::time::Instant;

#[doc(no_inline)]
pub use async_std::future::*;
#[cfg(feature = "unstable")]
use runtime_hooks_core::Method;

use super::{DROP_IN, within};

/// As [`async_std::future::timeout`], recorded.
#[track_caller]
pub fn timeout<F, T>(dur: Duration, f: F) -> impl Future<Output = Result<T, TimeoutError>>
where
    F: Future<Output = T>,
{
    within(DROP_IN.deadlined(f), async move |f| async_std::future::timeout(dur, f).await)
}

/// As [`async_std::prelude::FutureExt`], with `timeout` and the methods that await several futures recorded.
pub trait FutureExt: Future {
    /// Waits for `dur` before the future is polled.
    #[cfg(feature = "unstable")]
    fn delay(self, dur: Duration) -> impl Future<Output = Self::Output>
    where
        Self: Sized,
    {
        async_std::prelude::FutureExt::delay(self, dur)
    }

    /// Awaits the future, and then its output.
    #[cfg(feature = "unstable")]
    fn flatten(
        self,
    ) -> impl Future<Output = <<Self::Output as IntoFuture>::Future as Future>::Output>
    where
        Self: Sized,
        Self::Output: IntoFuture,
    {
        async_std::prelude::FutureExt::flatten(self)
    }

    /// The output of the future that is ready first. The other is cancelled.
    #[cfg(feature = "unstable")]
    #[track_caller]
    fn race<F>(self, other: F) -> impl Future<Output = Self::Output>
    where
        Self: Sized,
        F: Future<Output = Self::Output>,
    {
        let (this, other) = DROP_IN.both(Method::Race, self, other);
        async_std::prelude::FutureExt::race(this, other)
    }

    /// The first success, else the last error. The other future is cancelled.
    #[cfg(feature = "unstable")]
    #[track_caller]
    fn try_race<F, T, E>(self, other: F) -> impl Future<Output = Result<T, E>>
    where
        Self: Future<Output = Result<T, E>> + Sized,
        F: Future<Output = Result<T, E>>,
    {
        let (this, other) = DROP_IN.both(Method::Race, self, other);
        async_std::prelude::FutureExt::try_race(this, other)
    }

    /// Awaits both futures and returns both outputs.
    #[cfg(feature = "unstable")]
    #[track_caller]
    fn join<F>(self, other: F) -> impl Future<Output = (Self::Output, F::Output)>
    where
        Self: Sized,
        F: Future,
    {
        let (this, other) = DROP_IN.both(Method::Gather, self, other);
        async_std::prelude::FutureExt::join(this, other)
    }

    /// Awaits both futures; returns both outputs, or the first error.
    #[cfg(feature = "unstable")]
    #[track_caller]
    fn try_join<F, A, B, E>(self, other: F) -> impl Future<Output = Result<(A, B), E>>
    where
        Self: Future<Output = Result<A, E>> + Sized,
        F: Future<Output = Result<B, E>>,
    {
        let (this, other) = DROP_IN.both(Method::Gather, self, other);
        async_std::prelude::FutureExt::try_join(this, other)
    }

    /// The output, or an error if the future takes longer than `dur`, counted from the call.
    #[cfg(feature = "unstable")]
    #[track_caller]
    fn timeout(self, dur: Duration) -> impl Future<Output = Result<Self::Output, TimeoutError>>
    where
        Self: Sized,
    {
        let called = Instant::now();
        within(DROP_IN.deadlined(self), async move |this| {
            async_std::future::timeout(dur.saturating_sub(called.elapsed()), this).await
        })
    }
}

impl<F: Future + ?Sized> FutureExt for F {}
