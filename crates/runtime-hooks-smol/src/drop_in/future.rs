//! `smol::future`, with [`block_on`], [`or`] and [`race`] recorded, as functions and as methods.

use std::panic::UnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use runtime_hooks_core::support::box_if_large;
use runtime_hooks_core::{Instrumented, Method};
#[doc(no_inline)]
pub use smol::future::*;

use super::DROP_IN;

/// As [`smol::future::block_on`], recorded.
#[track_caller]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    box_if_large!(future as of => {
        smol::future::block_on(DROP_IN.task(of, Method::BlockOn, future))
    })
}

/// As [`smol::future::or`], with both futures recorded. The one that loses is cancelled.
#[inline]
#[track_caller]
pub fn or<T, F1, F2>(future1: F1, future2: F2) -> Or<Instrumented<F1>, Instrumented<F2>>
where
    F1: Future<Output = T>,
    F2: Future<Output = T>,
{
    smol::future::or(DROP_IN.member(Method::Race, future1), DROP_IN.member(Method::Race, future2))
}

/// As [`smol::future::race`], with both futures recorded. The one that loses is cancelled.
#[inline]
#[track_caller]
pub fn race<T, F1, F2>(future1: F1, future2: F2) -> Race<Instrumented<F1>, Instrumented<F2>>
where
    F1: Future<Output = T>,
    F2: Future<Output = T>,
{
    smol::future::race(DROP_IN.member(Method::Race, future1), DROP_IN.member(Method::Race, future2))
}

/// As [`smol::future::FutureExt`], with `or` and `race` recorded.
pub trait FutureExt: Future {
    /// A convenience for calling [`Future::poll`] on `!Unpin` types.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output>
    where
        Self: Unpin,
    {
        Future::poll(Pin::new(self), cx)
    }

    /// As [`or`].
    #[track_caller]
    fn or<F>(self, other: F) -> Or<Instrumented<Self>, Instrumented<F>>
    where
        Self: Sized,
        F: Future<Output = Self::Output>,
    {
        or(self, other)
    }

    /// As [`race`].
    #[track_caller]
    fn race<F>(self, other: F) -> Race<Instrumented<Self>, Instrumented<F>>
    where
        Self: Sized,
        F: Future<Output = Self::Output>,
    {
        race(self, other)
    }

    /// Catches panics while polling the future.
    fn catch_unwind(self) -> CatchUnwind<Self>
    where
        Self: Sized + UnwindSafe,
    {
        smol::future::FutureExt::catch_unwind(self)
    }

    /// Boxes the future and changes its type to `dyn Future + Send + 'a`.
    fn boxed<'a>(self) -> Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>
    where
        Self: Sized + Send + 'a,
    {
        Box::pin(self)
    }

    /// Boxes the future and changes its type to `dyn Future + 'a`.
    fn boxed_local<'a>(self) -> Pin<Box<dyn Future<Output = Self::Output> + 'a>>
    where
        Self: Sized + 'a,
    {
        Box::pin(self)
    }
}

impl<F: Future + ?Sized> FutureExt for F {}
