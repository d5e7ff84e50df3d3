//! Makes a task of a future or a task.

use super::builder::TaskBuilder;
use crate::hooks::{RuntimeHooks, SpawnLocal};
use crate::join::{JoinHandle, LocalJoinHandle};
use crate::large::TypeOf;
use crate::settings::Method;

/// Makes a task of a future, and returns a task unchanged: for code that accepts both.
///
/// A [`JoinHandle`] has its own method with this name, which returns the handle.
///
/// ```
/// # use runtime_hooks_core::{EnsureFuture, RuntimeHooks, RuntimeHooksExt};
/// # async fn fetch() -> u32 { 7 }
/// # async fn example<R: RuntimeHooks>(runtime: R) {
/// let task = fetch().ensure_future(&runtime); // spawned, and recorded as `fetch`
/// let same = task.ensure_future(&runtime); // still one task
/// assert_eq!(same.await.unwrap(), 7);
/// # }
/// ```
///
/// Where only the bound `F: Future` is known, a handle is an ordinary future: the task that awaits
/// it is then not recorded, since the one that it awaits is.
pub trait EnsureFuture: Future + Sized {
    /// Runs the future as a task, as [`spawn`](crate::RuntimeHooksExt::spawn) does.
    #[track_caller]
    fn ensure_future<R: RuntimeHooks>(self, runtime: &R) -> JoinHandle<Self::Output, R>
    where
        Self: Send + 'static,
        Self::Output: Send + 'static,
    {
        // As `box_if_large!`, which cannot take `self`.
        let (task, of) = (TaskBuilder::unnamed(runtime), TypeOf::<Self>::new());
        if TypeOf::<Self>::IS_LARGE {
            task.spawn_as(of, Method::EnsureFuture, Box::pin(self))
        } else {
            task.spawn_as(of, Method::EnsureFuture, self)
        }
    }

    /// Runs the future as a task on this thread, as [`spawn_local`](crate::RuntimeHooksExt::spawn_local) does.
    #[track_caller]
    fn ensure_future_local<R>(self, runtime: &R) -> LocalJoinHandle<Self::Output, R>
    where
        R: RuntimeHooks + SpawnLocal,
        Self: 'static,
        Self::Output: 'static,
    {
        // As `box_if_large!`, which cannot take `self`.
        let (task, of) = (TaskBuilder::unnamed(runtime), TypeOf::<Self>::new());
        if TypeOf::<Self>::IS_LARGE {
            task.spawn_local_as(of, Method::EnsureFuture, Box::pin(self))
        } else {
            task.spawn_local_as(of, Method::EnsureFuture, self)
        }
    }
}

impl<F: Future> EnsureFuture for F {}
