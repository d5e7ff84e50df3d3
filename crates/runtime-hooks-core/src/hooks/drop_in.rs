//! What stands in for a runtime's own functions is made of this.

use std::marker::PhantomData;
use std::panic::Location;

use super::task_builder::submit;
use crate::calls::Deadlined;
use crate::classify::{Classify, Returned};
use crate::instrumentor::{Instrumentor, Method};
use crate::name::{Name, Role};
use crate::task::{HookedTask, Instrumented, Probe, blocking, is_one_of, is_recorded};

/// Wraps what a program hands to functions that stand in for its runtime's: they have the runtime's
/// names and types, and pass on what this returns. Recorded by [`Instrumentor::global`].
///
/// A future of a type of its own around what this returns has [`RecordsItself`](crate::RecordsItself) as its last
/// type parameter: spawned, it is still one process.
///
/// ```
/// use runtime_hooks_core::{DropIn, Method};
///
/// const HERE: DropIn = DropIn::new("smol");
///
/// #[track_caller]
/// pub fn block_on<T>(future: impl Future<Output = T>) -> T {
///     futures_lite::future::block_on(HERE.task(Method::BlockOn, future))
/// }
///
/// assert_eq!(block_on(async { 1 + 1 }), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DropIn {
    runtime: &'static str,
    /// How the name of the runtime's own handles' type starts.
    handle: &'static str,
    /// Where a call is taken to be made, if not where it is.
    location: Option<&'static Location<'static>>,
}

impl DropIn {
    /// For the runtime of this name.
    pub const fn new(runtime: &'static str) -> Self {
        Self { runtime, handle: "(", location: None }
    }

    /// Tells the handles of the runtime's tasks, by how their type's name starts: waiting for one of these
    /// is no process of its own.
    #[must_use]
    pub const fn with_handle(self, type_name: &'static str) -> Self {
        Self { handle: type_name, ..self }
    }

    /// The same for calls that are taken to be made here: from inside a closure, which has no caller of
    /// its own.
    #[must_use]
    #[track_caller]
    pub const fn here(self) -> Self {
        Self { location: Some(Location::caller()), ..self }
    }

    /// Whether a future is better boxed than copied: see [`boxed_if_large`](crate::boxed_if_large).
    #[inline]
    pub const fn is_large<F>(_: &F) -> bool {
        IsLarge::<F>::YES
    }

    /// A future that becomes a task, or the body of a `block_on`.
    #[inline]
    #[track_caller]
    pub fn task<F: Future>(self, method: Method, future: F) -> Instrumented<F> {
        self.future_as(Role::Task, method, None, future, Location::caller())
    }

    /// As [`task`](Self::task), under the name that the program gave it, if it did.
    #[inline]
    #[track_caller]
    pub fn named<F: Future>(
        self,
        method: Method,
        name: Option<&Name>,
        future: F,
    ) -> Instrumented<F> {
        self.future_as(Role::Task, method, name, future, Location::caller())
    }

    /// A future that is awaited in place, with others.
    #[inline]
    #[track_caller]
    pub fn member<F: Future>(self, method: Method, future: F) -> Instrumented<F> {
        if is_recorded::<F>() || is_one_of::<F>(&[self.handle]) {
            return Instrumented::new(Probe::off(), Returned, future);
        }
        self.future_as(Role::Future, method, None, future, Location::caller())
    }

    /// A future under a deadline of the runtime's: tell it with
    /// [`elapse`](Deadlined::elapse) when that has passed.
    #[inline]
    #[track_caller]
    pub fn deadlined<F: Future>(self, future: F) -> Deadlined<F> {
        let location = Location::caller();
        Deadlined::new(self.future_as(Role::Future, Method::Timeout, None, future, location))
    }

    /// A timeout of the runtime's around a `T`, by whose output `classify` tells whether it was too late.
    #[inline]
    #[track_caller]
    pub fn timeout_of<T, F, C>(self, classify: C, timeout: F) -> Deadlined<F, C>
    where
        F: Future,
        C: Classify<F::Output>,
    {
        let probe = self.submit::<T>(Role::Future, Method::Timeout, None, Location::caller());
        Deadlined::new(Instrumented::new(probe, classify, timeout))
    }

    /// A task of somebody else's, of which there is nothing to wrap: see [`HookedTask`].
    pub fn hooked(self, spawned_at: &'static Location<'static>) -> Option<HookedTask> {
        HookedTask::submitted_to(Instrumentor::global(), self.runtime, spawned_at)
    }

    /// Two futures that are awaited together.
    #[inline]
    #[track_caller]
    pub fn both<A, B>(self, method: Method, a: A, b: B) -> (Instrumented<A>, Instrumented<B>)
    where
        A: Future,
        B: Future,
    {
        (self.member(method, a), self.member(method, b))
    }

    /// A closure for the blocking pool.
    #[inline]
    #[track_caller]
    pub fn blocking<F, T>(self, work: F) -> impl FnOnce() -> T + use<F, T>
    where
        F: FnOnce() -> T,
    {
        self.blocking_as(None, work)
    }

    /// As [`blocking`](Self::blocking), under the name that the program gave it, if it did.
    #[inline]
    #[track_caller]
    pub fn blocking_as<F, T>(self, name: Option<&Name>, work: F) -> impl FnOnce() -> T + use<F, T>
    where
        F: FnOnce() -> T,
    {
        let method = Method::SpawnBlocking;
        let probe = self.submit::<F>(Role::Blocking, method, name, Location::caller());
        blocking(probe, Returned, work)
    }

    fn future_as<F>(
        self,
        role: Role,
        method: Method,
        name: Option<&Name>,
        future: F,
        location: &'static Location<'static>,
    ) -> Instrumented<F> {
        Instrumented::new(self.submit::<F>(role, method, name, location), Returned, future)
    }

    fn submit<F>(
        self,
        role: Role,
        method: Method,
        name: Option<&Name>,
        location: &'static Location<'static>,
    ) -> Probe {
        let location = self.location.unwrap_or(location);
        submit::<F>(Instrumentor::global(), self.runtime, name, method, role, location)
    }
}

/// The same of a type, as a constant: a branch on it is not even compiled where it is not taken, and takes no
/// stack.
#[derive(Debug)]
pub struct IsLarge<F>(PhantomData<F>);

impl<F> IsLarge<F> {
    /// Whether a future of this type is better boxed than copied.
    pub const YES: bool = size_of::<F>() > if cfg!(debug_assertions) { 2_048 } else { 16_384 };
}

/// Calls with a future, which is boxed before if it is large: a debug build copies it once for each function
/// that it goes through, and through a drop-in it goes through more of them. Tell its type where it has a name:
/// that saves a copy.
///
/// ```
/// use runtime_hooks_core::boxed_if_large;
///
/// fn block_on<F: Future>(future: F) -> F::Output {
///     boxed_if_large!(future: F => futures_lite::future::block_on(future))
/// }
///
/// assert_eq!(block_on(std::future::ready([1_u8; 100_000]))[0], 1);
/// ```
#[macro_export]
macro_rules! boxed_if_large {
    ($future:ident: $type:ty => $call:expr) => {
        $crate::boxed_if_large!(@ $crate::IsLarge::<$type>::YES, $future => $call)
    };
    ($future:ident => $call:expr) => {
        $crate::boxed_if_large!(@ $crate::DropIn::is_large(&$future), $future => $call)
    };
    (@ $is_large:expr, $future:ident => $call:expr) => {
        if $is_large {
            let $future = ::std::boxed::Box::pin($future);
            $call
        } else {
            $call
        }
    };
}

/// What a type that is around one of the runtime's (as its only field) is to programs: it derefs to the
/// runtime's, is made from and into it, and looks like it. With `mut` it can be changed as it, too.
///
/// ```
/// use runtime_hooks_core::stands_in;
///
/// struct Queue<T>(std::collections::VecDeque<T>);
///
/// stands_in!(impl[T] Queue<T> | std::collections::VecDeque<T>);
///
/// let queue = Queue::from(std::collections::VecDeque::from([1, 2]));
/// assert_eq!(queue.front(), Some(&1));
/// ```
#[macro_export]
macro_rules! stands_in {
    (mut impl[$($generics:tt)*] $ours:ty | $native:ty) => {
        $crate::stands_in!(impl[$($generics)*] $ours | $native);

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
