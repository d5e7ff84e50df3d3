//! The builder's calls that await several futures.

use std::panic::Location;
use std::time::Duration;

use runtime_hooks_recorder::internals::Role;

use super::builder::TaskBuilder;
use super::in_place::{members_here, under_one_deadline, within_here};
use crate::asyncio::{AsCompleted, AsCompletedWithin, Gather, TaskGroup, TryGather};
use crate::classify::Classify;
use crate::hooks::Mode;
use crate::large::TypeOf;
use crate::settings::Method;
use crate::submit::is_recorded;
use crate::task::{Instrumented, TaskRecord};

impl<R, C, M: Mode<R>> TaskBuilder<'_, R, C, M> {
    /// As [`AsyncioExt::gather`](crate::AsyncioExt::gather).
    #[track_caller]
    pub fn gather<I>(self, members: I) -> Gather<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        members_here!(Gather::new, self, Method::Gather, members: I)
    }

    /// As [`AsyncioExt::try_gather`](crate::AsyncioExt::try_gather).
    #[track_caller]
    pub fn try_gather<I, T, E>(self, members: I) -> TryGather<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future<Output = Result<T, E>>>,
        C: Classify<Result<T, E>> + Clone,
    {
        members_here!(TryGather::new, self, Method::Gather, members: I)
    }

    /// As [`AsyncioExt::as_completed`](crate::AsyncioExt::as_completed).
    #[track_caller]
    pub fn as_completed<I>(self, members: I) -> AsCompleted<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        members_here!(AsCompleted::new, self, Method::AsCompleted, members: I)
    }

    /// As [`AsyncioExt::as_completed_within`](crate::AsyncioExt::as_completed_within).
    #[track_caller]
    pub fn as_completed_within<I>(
        self,
        duration: Duration,
        members: I,
    ) -> AsCompletedWithin<I::Item, M::Sleep, C>
    where
        I: IntoIterator<Item: Future>,
        C: Classify<<I::Item as Future>::Output> + Clone,
    {
        within_here!(self, duration, members: I)
    }

    /// As [`AsyncioExt::task_group`](crate::AsyncioExt::task_group).
    pub fn task_group<E>(self) -> TaskGroup<R, E, C, M>
    where
        R: Clone,
    {
        TaskGroup::new(self.runtime.clone(), self.name, self.classify)
    }

    /// Members that are awaited together. Each is submitted when the iterator reaches it.
    pub(super) fn members<I>(
        self,
        method: Method,
        members: I,
        location: &'static Location<'static>,
    ) -> impl Iterator<Item = Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Clone,
    {
        members.into_iter().map(move |member| {
            let record = self.submit_member::<I::Item>(method, location);
            Instrumented { record, classify: self.classify.clone(), inner: member }
        })
    }

    /// As `members`, for large futures: each goes through fewer functions on its way to the heap.
    pub(super) fn large_members<I>(
        self,
        method: Method,
        members: I,
        location: &'static Location<'static>,
    ) -> Vec<Instrumented<I::Item, C>>
    where
        I: IntoIterator<Item: Future>,
        C: Clone,
    {
        let (mut all, mut members) = (Vec::new(), members.into_iter());
        while let Some(member) = next_boxed(&mut members) {
            let record = self.submit_member::<I::Item>(method, location);
            push_unboxed(&mut all, record, self.classify.clone(), member);
        }
        all
    }

    // Not inlined: in a larger loop the optimizer keeps a further copy of the member on the stack.
    #[inline(never)]
    fn submit_member<F>(&self, method: Method, location: &'static Location<'static>) -> TaskRecord {
        if is_recorded::<F>() {
            return TaskRecord::off();
        }
        self.submit::<F>(method, Role::Future, location)
    }
}

/// Two functions, so that the copies of the future in each are on the stack only during its call.
#[expect(clippy::manual_map, reason = "in a debug build `map` would copy the future once more")]
fn next_boxed<F>(members: &mut impl Iterator<Item = F>) -> Option<Box<F>> {
    match members.next() {
        Some(member) => Some(Box::new(member)),
        None => None,
    }
}

#[expect(clippy::boxed_local, reason = "it is unboxed only in its final place")]
fn push_unboxed<F, C>(
    all: &mut Vec<Instrumented<F, C>>,
    record: TaskRecord,
    classify: C,
    inner: Box<F>,
) {
    all.push(Instrumented { record, classify, inner: *inner });
}
