//! Extension methods for the calls of `asyncio` that build on tasks.

use std::panic::Location;
use std::time::Duration;

use super::builder::TaskBuilder;
use super::in_place::{members_here, under_one_deadline, within_here};
use crate::asyncio::{
    AsCompleted, AsCompletedWithin, Gather, Interval, ReturnWhen, TaskGroup, TryGather, Wait,
};
use crate::classify::AlwaysFinished;
use crate::hooks::{LocalMode, LocalRuntimeHooks, RuntimeHooks, SendMode};
use crate::large::TypeOf;
use crate::settings::Method;

use crate::task::Instrumented;

/// The methods that both kinds of runtime have.
macro_rules! asyncio_methods {
    ($new:ident, $mode:ident) => {
        /// Awaits several futures or tasks at once, in place. Returns all outputs, including errors, in the given
        /// order.
        ///
        /// A member is either a future, which may borrow and is recorded as by `instrument`, or the handle of a task,
        /// which is recorded already and runs in parallel. Dropping the gather cancels the futures; the tasks
        /// continue.
        #[track_caller]
        fn gather<I>(&self, members: I) -> Gather<Instrumented<I::Item>>
        where
            I: IntoIterator<Item: Future>,
        {
            members_here!(Gather::new, TaskBuilder::$new(self), Method::Gather, members: I)
        }

        /// As [`gather`](Self::gather), but returns the first error as soon as it occurs. That cancels the other
        /// futures; the tasks continue.
        #[track_caller]
        fn try_gather<I, T, E>(&self, members: I) -> TryGather<Instrumented<I::Item>>
        where
            I: IntoIterator<Item: Future<Output = Result<T, E>>>,
        {
            members_here!(TryGather::new, TaskBuilder::$new(self), Method::Gather, members: I)
        }

        /// Waits for one of several tasks or for all, depending on `when`, and for `timeout` at most. Returns `(done,
        /// pending)`, both in the given order; each output in `done` has its index.
        ///
        /// It records nothing, since tasks are recorded already. It also accepts other `Unpin` futures (`Box::pin`)
        /// whose output is a `Result`; use `instrument` to record them. It never cancels a task.
        fn wait<I, T, E>(
            &self,
            tasks: I,
            when: ReturnWhen,
            timeout: Option<Duration>,
        ) -> Wait<I::Item, Self::Sleep>
        where
            I: IntoIterator<Item: Future<Output = Result<T, E>> + Unpin>,
        {
            Wait::new(tasks, when, timeout.map(|timeout| self.sleep(timeout)))
        }

        /// Awaits several futures or tasks at once, in place. Returns a stream of the outputs in order of completion.
        /// Members are as for [`gather`](Self::gather).
        #[track_caller]
        fn as_completed<I>(&self, members: I) -> AsCompleted<Instrumented<I::Item>>
        where
            I: IntoIterator<Item: Future>,
        {
            let task = TaskBuilder::$new(self);
            members_here!(AsCompleted::new, task, Method::AsCompleted, members: I)
        }

        /// As [`as_completed`](Self::as_completed), with a time limit. When it elapses, the stream yields one `Err`
        /// and ends. Pending futures then end in state `timeout`; tasks continue.
        #[track_caller]
        fn as_completed_within<I>(
            &self,
            duration: Duration,
            members: I,
        ) -> AsCompletedWithin<I::Item, Self::Sleep, AlwaysFinished>
        where
            I: IntoIterator<Item: Future>,
        {
            within_here!(TaskBuilder::$new(self), duration, members: I)
        }

        /// A group of tasks that end together (structured concurrency). Its members return a `Result` with error type
        /// `E`: name it, as in `task_group::<io::Error>()`, if no member shows it. The first that fails, by an `Err` or a
        /// panic, cancels the others.
        fn task_group<E>(&self) -> TaskGroup<Self, E, AlwaysFinished, $mode> {
            TaskBuilder::$new(self).task_group()
        }

        /// Ticks every `period`, the first time at once. It records nothing.
        ///
        /// # Panics
        ///
        /// If `period` is zero.
        #[track_caller]
        fn interval(&self, period: Duration) -> Interval<Self, $mode> {
            Interval::new(self.clone(), period)
        }
    };
}

/// The calls of Python's `asyncio` that build on tasks: gather, wait, as completed, task groups, intervals. Every
/// [`RuntimeHooks`] has them. See also [`EnsureFuture`](crate::EnsureFuture).
///
/// ```
/// # use runtime_hooks_core::{AsyncioExt, ReturnWhen, RuntimeHooks, RuntimeHooksExt};
/// # async fn fetch(url: &str) -> usize { url.len() }
/// # async fn example<R: RuntimeHooks>(runtime: R, urls: &[&'static str]) {
/// let in_turn: Vec<usize> = runtime.gather(urls.iter().map(|url| fetch(url))).await;
/// let in_parallel = runtime.gather(urls.iter().map(|url| runtime.spawn(fetch(url)))).await;
///
/// let tasks = ["a", "b"].map(|url| runtime.spawn(fetch(url)));
/// let (done, pending) = runtime.wait(tasks, ReturnWhen::FirstCompleted, None).await;
/// pending.iter().for_each(|task| task.abort());
/// # }
/// ```
pub trait AsyncioExt: RuntimeHooks {
    asyncio_methods!(unnamed, SendMode);
}

impl<R: RuntimeHooks> AsyncioExt for R {}

/// [`AsyncioExt`] for a [`LocalRuntimeHooks`]: a runtime that is bound to one thread, or borrowed.
pub trait LocalAsyncioExt: LocalRuntimeHooks {
    asyncio_methods!(local, LocalMode);
}

impl<R: LocalRuntimeHooks> LocalAsyncioExt for R {}
