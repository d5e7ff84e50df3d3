//! One implementation of each call for both kinds of runtime.

use std::time::{Duration, Instant};

use super::local::LocalRuntimeHooks;
use super::runtime::RuntimeHooks;
use crate::classify::IsElapsed;
use crate::instrumentor::Instrumentor;

/// Selects the trait through which a runtime is used: [`SendMode`] for [`RuntimeHooks`], [`LocalMode`] for
/// [`LocalRuntimeHooks`].
///
/// Calls that record the same for both, such as a timeout, are generic over it and written once. Programs need
/// neither implement nor name it.
pub trait Mode<R>: sealed::Sealed<R> {
    /// The runtime's sleep.
    type Sleep: Future;

    #[doc(hidden)]
    fn name(runtime: &R) -> &'static str;

    #[doc(hidden)]
    fn sleep(runtime: &R, duration: Duration) -> Self::Sleep;

    #[doc(hidden)]
    fn now(runtime: &R) -> Instant;

    #[doc(hidden)]
    fn is_elapsed(runtime: &R) -> IsElapsed;

    #[doc(hidden)]
    fn instrumentor(runtime: &R) -> &Instrumentor;

    #[doc(hidden)]
    fn block_on<F: Future>(runtime: &R, future: F) -> F::Output;
}

/// The [`Mode`] of a [`RuntimeHooks`].
#[derive(Clone, Copy, Debug)]
pub struct SendMode(());

/// The [`Mode`] of a [`LocalRuntimeHooks`].
#[derive(Clone, Copy, Debug)]
pub struct LocalMode(());

macro_rules! mode {
    ($mode:ident of $hooks:ident) => {
        impl<R: $hooks> sealed::Sealed<R> for $mode {}

        impl<R: $hooks> Mode<R> for $mode {
            type Sleep = R::Sleep;

            #[inline]
            fn name(runtime: &R) -> &'static str {
                runtime.name()
            }

            #[inline]
            fn sleep(runtime: &R, duration: Duration) -> R::Sleep {
                runtime.sleep(duration)
            }

            #[inline]
            fn now(runtime: &R) -> Instant {
                runtime.now()
            }

            #[inline]
            fn is_elapsed(runtime: &R) -> IsElapsed {
                runtime.is_elapsed()
            }

            #[inline]
            fn instrumentor(runtime: &R) -> &Instrumentor {
                runtime.instrumentor()
            }

            #[inline]
            #[track_caller]
            fn block_on<F: Future>(runtime: &R, future: F) -> F::Output {
                runtime.raw_block_on(future)
            }
        }
    };
}

mode!(SendMode of RuntimeHooks);
mode!(LocalMode of LocalRuntimeHooks);

mod sealed {
    /// Of each runtime, since another crate can implement `Mode` of a runtime of its own for a mode of ours.
    #[expect(unnameable_types, reason = "seals `Mode`")]
    pub trait Sealed<R> {}
}

/// No other crate implements [`Mode`].
///
/// ```compile_fail,E0277
/// use std::time::{Duration, Instant};
/// use runtime_hooks_core::{Instrumentor, IsElapsed, Mode, SendMode};
///
/// struct Mine;
///
/// impl Mode<Mine> for SendMode {
///     type Sleep = std::future::Ready<()>;
///
///     fn name(_: &Mine) -> &'static str { "mine" }
///     fn sleep(_: &Mine, _: Duration) -> Self::Sleep { std::future::ready(()) }
///     fn now(_: &Mine) -> Instant { Instant::now() }
///     fn is_elapsed(_: &Mine) -> IsElapsed { |_| false }
///     fn instrumentor(_: &Mine) -> &Instrumentor { Instrumentor::global() }
///     fn block_on<F: Future>(_: &Mine, _: F) -> F::Output { unreachable!() }
/// }
/// ```
#[cfg(doctest)]
struct IsSealed;
