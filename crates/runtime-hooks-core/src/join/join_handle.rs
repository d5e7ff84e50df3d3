//! Handles of tasks, and of tasks that stay on their thread.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::flatten::Flatten;
use crate::handle::{JoinError, TaskHandle};
use crate::hooks::{RuntimeHooks, SpawnLocal};

/// Joins or cancels a task. It behaves the same on every runtime:
///
/// - Awaiting it returns the task's output, or a [`JoinError`] if the task panicked or was cancelled.
/// - It returns the result once. If it is polled again, it resolves to an [error](JoinError::is_already_joined) and
///   does not panic.
/// - Dropping it detaches the task, which continues.
/// - [`abort`](Self::abort) cancels the task. The handle resolves after the runtime has dropped the task's future.
/// - A panic stays inside its task.
#[must_use = "dropping a handle detaches its task: say `drop(handle)` if that is meant"]
pub struct JoinHandle<T: Send + 'static, R: RuntimeHooks> {
    task: R::Task<T>,
}

/// The [`JoinHandle`] of a task that stays on its thread and whose output need not be `Send`: returned by
/// [`spawn_local`](crate::RuntimeHooksExt::spawn_local).
#[must_use = "dropping a handle detaches its task: say `drop(handle)` if that is meant"]
pub struct LocalJoinHandle<T: 'static, R: SpawnLocal> {
    task: R::LocalTask<T>,
}

/// Implements both handles.
macro_rules! join_handle {
    ($handle:ident, $runtime:ident::$task:ident, $($send:ident)?) => {
        impl<T: $($send +)? 'static, R: $runtime> $handle<T, R> {
            #[inline]
            pub(crate) fn new(task: R::$task<T>) -> Self {
                Self { task }
            }

            /// Cancels the task: at its next await, or before its first poll. It has no effect on a task that has
            /// ended, or on a closure that already runs on the blocking pool.
            pub fn abort(&self) {
                self.task.abort();
            }

            /// Whether the task has ended, in any state.
            pub fn is_finished(&self) -> bool {
                self.task.is_finished()
            }

            /// Returns the handle itself. [`EnsureFuture`](crate::EnsureFuture) has this method for futures that are
            /// not tasks yet.
            pub fn ensure_future(self, _: &R) -> Self {
                self
            }
        }

        impl<T: $($send +)? 'static, E: $($send +)? 'static, R: $runtime> $handle<Result<T, E>, R> {
            /// Merges the two error types: the error of the task's own result, and the error of joining it.
            pub fn flatten(self) -> Flatten<T, E, R::$task<Result<T, E>>> {
                Flatten::new(self.task)
            }
        }

        impl<T: $($send +)? 'static, R: $runtime> Future for $handle<T, R> {
            type Output = Result<T, JoinError>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.task.poll_join(cx)
            }
        }

        impl<T: $($send +)? 'static, R: $runtime> Unpin for $handle<T, R> {}

        impl<T: $($send +)? 'static, R: $runtime> fmt::Debug for $handle<T, R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($handle)).field("is_finished", &self.is_finished()).finish()
            }
        }
    };
}

join_handle!(JoinHandle, RuntimeHooks::Task, Send);
join_handle!(LocalJoinHandle, SpawnLocal::LocalTask,);
