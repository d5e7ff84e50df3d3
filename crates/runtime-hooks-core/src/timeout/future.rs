//! A future with a deadline, on any runtime's timer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::deadlined::{AfterDeadlined, BeforeDeadlined};
use crate::classify::{AlwaysFinished, Classify};
use crate::elapsed::Elapsed;

pin_project! {
    /// A future with a deadline: returned by [`timeout`](crate::RuntimeHooksExt::timeout).
    ///
    /// Resolves to the future's output, or to [`Elapsed`]. Drop it after that, as `.await` does: only that drops the
    /// inner future.
    // The fields of a `Deadlined` instead of one: that would copy the future once more.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Timeout<F, S, C = AlwaysFinished> {
        pub(crate) before: BeforeDeadlined,
        pub(crate) classify: C,
        #[pin]
        pub(crate) inner: F,
        pub(crate) after: AfterDeadlined,
        #[pin]
        pub(crate) sleep: S,
        pub(crate) duration: Duration,
    }
}

impl<F, S, C> Future for Timeout<F, S, C>
where
    F: Future,
    S: Future,
    C: Classify<F::Output>,
{
    type Output = Result<F::Output, Elapsed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.before.poll_classified(this.classify, this.inner, cx) {
            return Poll::Ready(Ok(output));
        }
        if this.sleep.poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.before.elapse::<F>(this.after);
        Poll::Ready(Err(Elapsed::new(*this.duration)))
    }
}
