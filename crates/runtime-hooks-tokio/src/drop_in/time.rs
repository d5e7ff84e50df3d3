//! `tokio::time`, with [`timeout`] and [`timeout_at`] recorded.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use runtime_hooks_core::{Classify, Deadlined, Outcome, RecordsItself};
use tokio::time::error::Elapsed;
#[doc(no_inline)]
pub use tokio::time::*;

use super::HERE;

/// As [`tokio::time::timeout`], recorded.
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::around(tokio::time::timeout(duration, future))
}

/// As [`tokio::time::timeout_at`], recorded.
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout::around(tokio::time::timeout_at(deadline, future))
}

/// As [`tokio::time::Timeout`], recorded.
pub type Timeout<T> = RecordedTimeout<T, RecordsItself>;

pin_project! {
    /// What [`Timeout`] is: a default parameter would not be part of the type's name.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct RecordedTimeout<T, M> {
        #[pin]
        inner: Deadlined<tokio::time::Timeout<T>, ByDeadline>,
        mark: PhantomData<M>,
    }
}

impl<T, M> RecordedTimeout<T, M> {
    #[track_caller]
    fn around(timeout: tokio::time::Timeout<T>) -> Self
    where
        T: Future,
    {
        Self { inner: HERE.timeout_of::<T, _, _>(ByDeadline, timeout), mark: PhantomData }
    }

    /// The future under the deadline.
    pub fn get_ref(&self) -> &T {
        self.inner.get_ref().get_ref()
    }

    /// The future under the deadline.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut().get_mut()
    }

    /// The future, without a deadline, and no longer recorded.
    pub fn into_inner(self) -> T {
        self.inner.into_inner().into_inner()
    }
}

impl<T: Future, M> Future for RecordedTimeout<T, M> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.project().inner;
        let result = ready!(inner.as_mut().poll(cx));
        if result.is_err() {
            inner.elapse_of::<T>();
        }
        Poll::Ready(result)
    }
}

/// A timeout's own error is its deadline's, whatever the future's output is.
#[derive(Debug)]
struct ByDeadline;

impl<T> Classify<Result<T, Elapsed>> for ByDeadline {
    const NEVER_PANICS: bool = true;

    #[inline]
    fn classify(&self, output: &Result<T, Elapsed>) -> Outcome {
        if output.is_ok() { Outcome::FINISHED } else { Outcome::TIMEOUT }
    }
}
