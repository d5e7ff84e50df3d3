//! Boxes futures and closures that are too large to be copied.

use std::marker::PhantomData;

/// The type that a task is recorded under, even if a box of it is passed on.
#[derive(Debug)]
pub struct TypeOf<F>(PhantomData<fn() -> F>);

impl<F> TypeOf<F> {
    /// Whether a future or closure of this type is boxed instead of copied. A constant, so that the branch not taken
    /// is not compiled and uses no stack.
    pub const IS_LARGE: bool = size_of::<F>() > if cfg!(debug_assertions) { 2_048 } else { 16_384 };

    /// For a type that can be named.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// For the type of a value.
    #[inline]
    #[must_use]
    pub const fn of(_: &F) -> Self {
        Self::new()
    }

    /// As [`IS_LARGE`](Self::IS_LARGE), for a type that cannot be named.
    #[inline]
    pub const fn is_large(&self) -> bool {
        Self::IS_LARGE
    }
}

impl<F> Default for TypeOf<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Evaluates `$call` with a future (or with a closure, after `fn`) that is boxed first if it is large: a debug build
/// copies it once per function that it is passed through, a release build for some of them. So it is boxed in the
/// first function. Give its type if it can be named; otherwise a debug build boxes every future.
///
/// `$of` is the [`TypeOf`] the unboxed value: a box is recorded as the value inside.
///
/// ```
/// use runtime_hooks_core::support::box_if_large;
///
/// fn block_on<F: Future>(future: F) -> F::Output {
///     box_if_large!(future: F as _of => futures_lite::future::block_on(future))
/// }
///
/// assert_eq!(block_on(std::future::ready([1_u8; 100_000]))[0], 1);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! box_if_large {
    (fn $work:ident: $type:ty as $of:ident => $call:expr) => {{
        let $of = $crate::support::TypeOf::<$type>::new();
        $crate::box_if_large!(@ $crate::support::TypeOf::<$type>::IS_LARGE, $work, ::std::boxed::Box::new, $call)
    }};
    ($future:ident: $type:ty as $of:ident => $call:expr) => {{
        let $of = $crate::support::TypeOf::<$type>::new();
        $crate::box_if_large!(@ $crate::support::TypeOf::<$type>::IS_LARGE, $future, ::std::boxed::Box::pin, $call)
    }};
    ($future:ident as $of:ident => $call:expr) => {{
        let $of = $crate::support::TypeOf::of(&$future);
        $crate::box_if_large!(@ cfg!(debug_assertions) || $of.is_large(), $future, ::std::boxed::Box::pin, $call)
    }};
    (@ $is_large:expr, $future:ident, $boxed:path, $call:expr) => {
        if $is_large {
            let $future = $boxed($future);
            $call
        } else {
            $call
        }
    };
}
