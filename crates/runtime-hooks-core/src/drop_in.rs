//! What stands in for a runtime's own functions is made of this.

use std::panic::Location;

use runtime_hooks_recorder::Name;
use runtime_hooks_recorder::internals::Role;

use crate::classify::AlwaysFinished;
use crate::external::ExternalTask;
use crate::instrumentor::Instrumentor;
use crate::large::TypeOf;
use crate::settings::Method;
use crate::submit::{is_one_of, is_recorded, submit};
use crate::task::{Instrumented, TaskRecord, blocking};
use crate::timeout::{AfterDeadlined, BeforeDeadlined, Deadlined, around};

/// Wraps what a program hands to functions that stand in for its runtime's: they have the runtime's
/// names and types, and pass on what this returns. Recorded by [`Instrumentor::global`].
///
/// A future of a type of its own around what this returns has [`AlreadyInstrumented`](crate::support::AlreadyInstrumented) as its last
/// type parameter: spawned, it is still one process.
///
/// ```
/// use runtime_hooks_core::Method;
/// use runtime_hooks_core::support::{DropIn, box_if_large};
///
/// const DROP_IN: DropIn = DropIn::new("smol");
///
/// #[track_caller]
/// pub fn block_on<F: Future>(future: F) -> F::Output {
///     box_if_large!(future: F as of => {
///         futures_lite::future::block_on(DROP_IN.task(of, Method::BlockOn, future))
///     })
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

    /// A future that becomes a task, or the body of a `block_on`.
    #[inline]
    #[track_caller]
    pub fn task<P, F: Future>(self, of: TypeOf<P>, method: Method, future: F) -> Instrumented<F> {
        self.named(of, method, None, future)
    }

    /// As [`task`](Self::task), under the name that the program gave it, if it did.
    #[inline]
    #[track_caller]
    pub fn named<P, F: Future>(
        self,
        _: TypeOf<P>,
        method: Method,
        name: Option<&Name>,
        future: F,
    ) -> Instrumented<F> {
        let record = self.submit::<P>(Role::Task, method, name, Location::caller());
        Instrumented { record, classify: AlwaysFinished, inner: future }
    }

    /// A future that is awaited in place, with others.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(
        not(debug_assertions),
        expect(clippy::inline_always, reason = "what it returns is as large as the future in it")
    )]
    #[track_caller]
    pub fn member<F: Future>(self, method: Method, future: F) -> Instrumented<F> {
        let is_recorded = is_recorded::<F>() || is_one_of::<F>(&[self.handle]);
        let record = if is_recorded {
            TaskRecord::off()
        } else {
            self.submit::<F>(Role::Future, method, None, Location::caller())
        };
        Instrumented { record, classify: AlwaysFinished, inner: future }
    }

    /// A future under a deadline of the runtime's: tell it with
    /// [`elapse`](Deadlined::elapse) when that has passed.
    #[inline]
    #[track_caller]
    pub fn deadlined<F: Future>(self, future: F) -> Deadlined<F> {
        let (before, after) = self.deadline::<F>();
        Deadlined { before, classify: AlwaysFinished, inner: future, after }
    }

    /// What goes around a future of type `F` in a timeout that stands in for the runtime's: see [`BeforeDeadlined`].
    #[inline]
    #[track_caller]
    pub fn deadline<F>(self) -> (BeforeDeadlined, AfterDeadlined) {
        around(self.submit::<F>(Role::Future, Method::Timeout, None, Location::caller()))
    }

    /// A task of somebody else's, of which there is nothing to wrap: see [`ExternalTask`].
    pub fn hooked(self, spawned_at: &'static Location<'static>) -> Option<ExternalTask> {
        ExternalTask::submitted_to(Instrumentor::global(), self.runtime, spawned_at)
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
    pub fn blocking<P, F, T>(self, of: TypeOf<P>, work: F) -> impl FnOnce() -> T + use<P, F, T>
    where
        F: FnOnce() -> T,
    {
        self.blocking_as(of, None, work)
    }

    /// As [`blocking`](Self::blocking), under the name that the program gave it, if it did.
    #[inline]
    #[track_caller]
    pub fn blocking_as<P, F, T>(
        self,
        _: TypeOf<P>,
        name: Option<&Name>,
        work: F,
    ) -> impl FnOnce() -> T + use<P, F, T>
    where
        F: FnOnce() -> T,
    {
        let method = Method::SpawnBlocking;
        let record = self.submit::<P>(Role::Blocking, method, name, Location::caller());
        blocking(record, AlwaysFinished, work)
    }

    fn submit<F>(
        self,
        role: Role,
        method: Method,
        name: Option<&Name>,
        location: &'static Location<'static>,
    ) -> TaskRecord {
        let location = self.location.unwrap_or(location);
        submit::<F>(Instrumentor::global(), self.runtime, name, method, role, location)
    }
}

/// What a type that is around one of the runtime's (as its only field) is to programs: it derefs to the
/// runtime's, is made from and into it, and looks like it. With `mut` it can be changed as it, too.
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
