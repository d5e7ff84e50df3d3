//! `tokio::time`, with [`timeout`] and [`timeout_at`] recorded.

#![cfg_attr(
    not(debug_assertions),
    expect(clippy::inline_always, reason = "the returned value is as large as the future in it")
)]

use std::future::Pending;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use runtime_hooks_core::support::{AfterDeadlined, AlreadyInstrumented, BeforeDeadlined};
use tokio::task::coop::{has_budget_remaining, unconstrained};
use tokio::time::error::Elapsed;
#[doc(no_inline)]
pub use tokio::time::*;

use super::DROP_IN;

/// As [`tokio::time::timeout`], recorded.
#[cfg_attr(not(debug_assertions), inline(always))]
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    let delay = tokio::time::timeout(duration, std::future::pending());
    let (before, after) = DROP_IN.deadline::<F::IntoFuture>();
    RecordedTimeout { before, value: future.into_future(), after, delay, mark: PhantomData }
}

/// As [`tokio::time::timeout_at`], recorded.
#[cfg_attr(not(debug_assertions), inline(always))]
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    let delay = tokio::time::timeout_at(deadline, std::future::pending());
    let (before, after) = DROP_IN.deadline::<F::IntoFuture>();
    RecordedTimeout { before, value: future.into_future(), after, delay, mark: PhantomData }
}

/// As [`tokio::time::Timeout`], recorded.
pub type Timeout<T> = RecordedTimeout<T, AlreadyInstrumented>;

pin_project! {
    /// The type behind [`Timeout`]. A separate type, since a default parameter is not part of the type's name.
    // One struct with the parts of tokio's own, not a wrapper around it: a debug build would copy the future once
    // more for each wrapper.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct RecordedTimeout<T, M> {
        before: BeforeDeadlined,
        #[pin]
        value: T,
        after: AfterDeadlined,
        // Only tokio can create its error: so the timer is a tokio timeout of a future that is never ready.
        #[pin]
        delay: tokio::time::Timeout<Pending<()>>,
        mark: PhantomData<M>,
    }
}

impl<T, M> RecordedTimeout<T, M> {
    /// The future with the deadline.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future with the deadline.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future without the deadline. It is no longer recorded.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Future, M> Future for RecordedTimeout<T, M> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let had_budget = has_budget_remaining();
        if let Poll::Ready(output) = this.before.poll(this.value, cx) {
            return Poll::Ready(Ok(output));
        }
        let polled = poll_delay(this.delay, had_budget, cx);
        if polled.is_ready() {
            this.before.elapse::<T>(this.after);
        }
        polled.map(Err)
    }
}

/// As tokio's timeout: if the future has used up the task's budget, the timer is polled without a budget.
fn poll_delay(
    delay: Pin<&mut tokio::time::Timeout<Pending<()>>>,
    had_budget: bool,
    cx: &mut Context<'_>,
) -> Poll<Elapsed> {
    let polled = if had_budget && !has_budget_remaining() {
        pin!(unconstrained(delay)).poll(cx)
    } else {
        delay.poll(cx)
    };
    polled.map(|late| late.expect_err("a pending future is never ready"))
}
