//! `join!` and `try_join!`, with their futures recorded.

use runtime_hooks_core::{Instrumented, Method};

use super::DROP_IN;

/// As [`tokio::join!`], with each future recorded.
///
/// The handle of a spawned task is not recorded again: the task itself is.
#[macro_export]
macro_rules! join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::support::native::join!(biased; $($crate::support::member($future)),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::support::native::join!($($crate::support::member($future)),*)
    };
}

/// As [`tokio::try_join!`], with each future recorded. Futures that are unfinished when another fails are cancelled.
#[macro_export]
macro_rules! try_join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::support::native::try_join!(biased; $($crate::support::member($future)),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::support::native::try_join!($($crate::support::member($future)),*)
    };
}

/// Records one future of a `join!`.
#[inline]
#[track_caller]
pub fn member<F: IntoFuture>(future: F) -> Instrumented<F::IntoFuture> {
    DROP_IN.member(Method::Gather, future.into_future())
}
