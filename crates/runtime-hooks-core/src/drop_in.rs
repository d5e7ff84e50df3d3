//! The building blocks of drop-ins: functions with the names of a runtime's own functions.

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

/// Wraps the futures and closures of functions that replace a runtime's own. Those functions have the runtime's names
/// and types, and pass the returned value to the runtime. [`Instrumentor::global`] records them.
///
/// A future of a type of its own around what this returns has [`AlreadyInstrumented`](crate::support::AlreadyInstrumented) as its last
/// type parameter: spawned, it is still one task.
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
    /// The prefix of the type name of the runtime's own handles.
    handle: &'static str,
    /// The call site, if it is not the caller's.
    location: Option<&'static Location<'static>>,
}

impl DropIn {
    /// Creates a drop-in for the runtime with this name.
    pub const fn new(runtime: &'static str) -> Self {
        Self { runtime, handle: "(", location: None }
    }

    /// Sets the prefix of the type name of the runtime's task handles: awaiting such a handle is not recorded as
    /// another task.
    #[must_use]
    pub const fn with_handle(self, type_name: &'static str) -> Self {
        Self { handle: type_name, ..self }
    }

    /// Uses the current call site for later calls, for example for those inside a closure, whose caller is not the
    /// program.
    #[must_use]
    #[track_caller]
    pub const fn here(self) -> Self {
        Self { location: Some(Location::caller()), ..self }
    }

    /// Wraps a future that becomes a task, or the body of a `block_on`.
    #[inline]
    #[track_caller]
    pub fn task<P, F: Future>(self, of: TypeOf<P>, method: Method, future: F) -> Instrumented<F> {
        self.named(of, method, None, future)
    }

    /// As [`task`](Self::task), with the name given by the program, if there is one.
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

    /// Wraps a future that is awaited in place together with others.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(
        not(debug_assertions),
        expect(
            clippy::inline_always,
            reason = "the returned value is as large as the future in it"
        )
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

    /// Wraps a future with a deadline of the runtime: call [`elapse`](Deadlined::elapse) when the deadline has
    /// elapsed.
    #[inline]
    #[track_caller]
    pub fn deadlined<F: Future>(self, future: F) -> Deadlined<F> {
        let (before, after) = self.deadline::<F>();
        Deadlined { before, classify: AlwaysFinished, inner: future, after }
    }

    /// The values around a future of type `F` in a timeout that replaces the runtime's: see [`BeforeDeadlined`].
    #[inline]
    #[track_caller]
    pub fn deadline<F>(self) -> (BeforeDeadlined, AfterDeadlined) {
        around(self.submit::<F>(Role::Future, Method::Timeout, None, Location::caller()))
    }

    /// Records a task that other code spawned, which cannot be wrapped: see [`ExternalTask`].
    pub fn external_task(self, spawned_at: &'static Location<'static>) -> Option<ExternalTask> {
        ExternalTask::submitted_to(Instrumentor::global(), self.runtime, spawned_at)
    }

    /// Wraps two futures that are awaited together.
    #[inline]
    #[track_caller]
    pub fn both<A, B>(self, method: Method, a: A, b: B) -> (Instrumented<A>, Instrumented<B>)
    where
        A: Future,
        B: Future,
    {
        (self.member(method, a), self.member(method, b))
    }

    /// Wraps a closure for the blocking pool.
    #[inline]
    #[track_caller]
    pub fn blocking<P, F, T>(self, of: TypeOf<P>, work: F) -> impl FnOnce() -> T + use<P, F, T>
    where
        F: FnOnce() -> T,
    {
        self.blocking_as(of, None, work)
    }

    /// As [`blocking`](Self::blocking), with the name given by the program, if there is one.
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
