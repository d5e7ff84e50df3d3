//! Futures and closures that are better boxed than copied.

use std::marker::PhantomData;

/// A type by which something is recorded, also where what is passed on is a box of it.
#[derive(Debug)]
pub struct TypeOf<F>(PhantomData<fn() -> F>);

impl<F> TypeOf<F> {
    /// Whether a future or closure of this type is better boxed than copied. A constant: a branch on it is not even
    /// compiled where it is not taken, and takes no stack.
    pub const IS_LARGE: bool = size_of::<F>() > if cfg!(debug_assertions) { 2_048 } else { 16_384 };

    /// A type that has a name.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The type of something.
    #[inline]
    #[must_use]
    pub const fn of(_: &F) -> Self {
        Self::new()
    }

    /// As [`IS_LARGE`](Self::IS_LARGE), of a type without a name.
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

/// Calls with a future, or with a closure where `fn` says so, which is boxed before if it is large: a debug build copies
/// it once for each function that it goes through, and a release build for some. So it is boxed in the first one. Tell
/// its type where it has a name: without one a debug build boxes whatever it is.
///
/// The call gets the [`TypeOf`] what it is: a box is recorded as what is in it.
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
