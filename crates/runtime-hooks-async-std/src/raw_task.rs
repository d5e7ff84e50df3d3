//! async-std's task, as the core asks for it: it can be aborted from outside and tells whether it is over.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use async_std::task::JoinHandle;
use futures_util::FutureExt;
use runtime_hooks_core::{Abortable, CancelByOwner, JoinError, Joinable, TaskHandle};

/// The handle of a task on async-std: users see [`JoinHandle`](crate::JoinHandle).
#[derive(Debug)]
pub struct RawTask<T>(Handle<T>);

#[derive(Debug)]
enum Handle<T> {
    /// Of a task, around async-std's own.
    Own(Abortable<T, OwnTask<T>>),
    /// Of a closure, whose own would be over at an abort while the closure still runs; and of what stays on its thread,
    /// which only who is on that thread may cancel.
    StandIn(Joinable<T>),
}

/// A panic stays in the task, and comes back where it is joined.
type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// async-std's cancellation under way.
type Cancel<T> = Pin<Box<dyn Future<Output = Result<T, JoinError>> + Send>>;

/// async-std's own handle, which does not tell whether its task is over but to who polls it.
struct OwnTask<T> {
    handle: JoinHandle<Caught<T>>,
    /// Of whoever waits, so that a look does not displace him.
    joiner: Waker,
    /// Said by who spawned it: the output has to be `Send`.
    cancel: fn(JoinHandle<Caught<T>>) -> Cancel<T>,
}

impl<T: Send + 'static> RawTask<T> {
    #[inline]
    pub(crate) fn spawned(future: impl Future<Output = T> + Send + 'static) -> Self {
        let handle = async_std::task::spawn(AssertUnwindSafe(future).catch_unwind());
        let cancel = |handle| Box::pin(cancelled(handle)) as Cancel<T>;
        let joiner = Waker::noop().clone();
        Self(Handle::Own(Abortable::new(OwnTask { handle, joiner, cancel })))
    }
}

async fn cancelled<T>(handle: JoinHandle<Caught<T>>) -> Result<T, JoinError> {
    joined(handle.cancel().await.ok_or_else(JoinError::cancelled)?)
}

#[inline]
fn joined<T>(caught: Caught<T>) -> Result<T, JoinError> {
    caught.map_err(JoinError::panic)
}

impl<T> From<Joinable<T>> for RawTask<T> {
    fn from(stand_in: Joinable<T>) -> Self {
        Self(Handle::StandIn(stand_in))
    }
}

impl<T> TaskHandle<T> for RawTask<T> {
    #[inline]
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        match &mut self.0 {
            Handle::Own(task) => task.poll_join(cx),
            Handle::StandIn(task) => task.poll_join(cx),
        }
    }

    fn abort(&self) {
        match &self.0 {
            Handle::Own(task) => task.abort(),
            Handle::StandIn(task) => task.abort(),
        }
    }

    fn is_finished(&self) -> bool {
        match &self.0 {
            Handle::Own(task) => task.is_finished(),
            Handle::StandIn(task) => task.is_finished(),
        }
    }
}

impl<T> CancelByOwner<T> for OwnTask<T> {
    type Cancel = Cancel<T>;

    #[inline]
    fn poll_join(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let polled = Pin::new(&mut self.handle).poll(cx);
        if polled.is_pending() {
            self.joiner.clone_from(cx.waker());
        }
        polled.map(joined)
    }

    fn look(&mut self) -> Poll<Option<Result<T, JoinError>>> {
        let mut cx = Context::from_waker(&self.joiner);
        Pin::new(&mut self.handle).poll(&mut cx).map(|caught| Some(joined(caught)))
    }

    fn cancel(self) -> Cancel<T> {
        (self.cancel)(self.handle)
    }

    #[inline]
    fn detach(self) {
        // What async-std does with a handle that is dropped.
        drop(self.handle);
    }
}

impl<T> fmt::Debug for OwnTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnTask").field(self.handle.task()).finish()
    }
}
