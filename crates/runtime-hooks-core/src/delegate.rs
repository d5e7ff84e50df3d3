//! What a wrapper of a runtime's type implements.

/// Implements the conversions of a type that wraps one of the runtime's types as its only field: it derefs to the
/// runtime's type, converts from and into it, and has its `Debug`. With `mut` it also derefs mutably.
///
/// ```
/// use runtime_hooks_core::support::delegate;
///
/// struct Queue<T>(std::collections::VecDeque<T>);
///
/// delegate!(impl[T] Queue<T> | std::collections::VecDeque<T>);
///
/// let queue = Queue::from(std::collections::VecDeque::from([1, 2]));
/// assert_eq!(queue.front(), Some(&1));
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! delegate {
    (mut impl[$($generics:tt)*] $ours:ty | $native:ty) => {
        $crate::delegate!(impl[$($generics)*] $ours | $native);

        impl<$($generics)*> ::std::ops::DerefMut for $ours {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }
    };
    (impl[$($generics:tt)*] $ours:ty | $native:ty) => {
        impl<$($generics)*> ::std::ops::Deref for $ours {
            type Target = $native;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<$($generics)*> ::std::convert::From<$native> for $ours {
            fn from(native: $native) -> Self {
                Self(native)
            }
        }

        impl<$($generics)*> ::std::convert::From<$ours> for $native {
            fn from(ours: $ours) -> Self {
                ours.0
            }
        }

        impl<$($generics)*> ::std::fmt::Debug for $ours
        where
            $native: ::std::fmt::Debug,
        {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}
