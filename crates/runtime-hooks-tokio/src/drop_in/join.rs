//! `join!` and `try_join!`, their futures recorded.

use runtime_hooks_core::{Instrumented, Method};

use super::DROP_IN;

/// As [`tokio::join!`], each future recorded.
///
/// A task's handle is no process of its own: the task is.
#[macro_export]
macro_rules! join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::support::native::join!(biased; $($crate::support::member($future)),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::support::native::join!($($crate::support::member($future)),*)
    };
}

/// As [`tokio::try_join!`], each future recorded; those that another's error leaves unfinished are
/// cancelled.
#[macro_export]
macro_rules! try_join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::support::native::try_join!(biased; $($crate::support::member($future)),*)
    };
    ($($future:expr),* $(,)?) => {
        $crate::support::native::try_join!($($crate::support::member($future)),*)
    };
}

/// A future of a `join!`.
#[inline]
#[track_caller]
pub fn member<F: IntoFuture>(future: F) -> Instrumented<F::IntoFuture> {
    DROP_IN.member(Method::Gather, future.into_future())
}
