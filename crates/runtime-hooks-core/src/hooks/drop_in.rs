//! What stands in for a runtime's own functions is made of this.

use std::panic::Location;

use super::task_builder::submit;
use crate::calls::Deadlined;
use crate::classify::Returned;
use crate::instrumentor::{Instrumentor, Method};
use crate::name::{Name, Role};
use crate::task::{Instrumented, Probe, blocking};

/// Wraps what a program hands to functions that stand in for its runtime's: they have the runtime's
/// names and types, and pass on what this returns. Recorded by [`Instrumentor::global`].
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
    /// Where a call is taken to be made, if not where it is.
    location: Option<&'static Location<'static>>,
}

impl DropIn {
    /// For the runtime of this name.
    pub const fn new(runtime: &'static str) -> Self {
        Self { runtime, location: None }
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
        size_of::<F>() > if cfg!(debug_assertions) { 2_048 } else { 16_384 }
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

    /// A future that is awaited in place.
    #[inline]
    #[track_caller]
    pub fn future<F: Future>(self, method: Method, future: F) -> Instrumented<F> {
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

    /// Two futures that are awaited together.
    #[inline]
    #[track_caller]
    pub fn both<A, B>(self, method: Method, a: A, b: B) -> (Instrumented<A>, Instrumented<B>)
    where
        A: Future,
        B: Future,
    {
        (self.future(method, a), self.future(method, b))
    }

    /// A closure for the blocking pool.
    #[inline]
    #[track_caller]
    pub fn blocking<F, T>(self, work: F) -> impl FnOnce() -> T + use<F, T>
    where
        F: FnOnce() -> T,
    {
        let method = Method::SpawnBlocking;
        let probe = self.submit::<F>(Role::Blocking, method, None, Location::caller());
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

/// Calls with a future, which is boxed before if it is large: a debug build copies it once for each function
/// that it goes through, and through a drop-in it goes through more of them.
///
/// ```
/// use runtime_hooks_core::boxed_if_large;
///
/// fn block_on<F: Future>(future: F) -> F::Output {
///     boxed_if_large!(future => futures_lite::future::block_on(future))
/// }
///
/// assert_eq!(block_on(std::future::ready([1_u8; 100_000]))[0], 1);
/// ```
#[macro_export]
macro_rules! boxed_if_large {
    ($future:ident => $call:expr) => {
        if $crate::DropIn::is_large(&$future) {
            let $future = ::std::boxed::Box::pin($future);
            $call
        } else {
            $call
        }
    };
}
