//! A tokio timer that also fires in a task that has used up its budget.

use std::mem::replace;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::coop::{has_budget_remaining, unconstrained};

pin_project! {
    /// [`tokio::time::Sleep`] for deadlines: the timer of [`Tokio`](crate::Tokio).
    ///
    /// tokio's timer is pending in each poll in which the task's [budget](tokio::task::coop) is used up. Next to a
    /// future that uses up the budget in every poll, it would never fire. This timer yields once for the budget, as
    /// tokio's does. If the budget is used up again in its next poll, the timer is polled without a budget. A loop
    /// over elapsed sleeps still yields to other tasks.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        #[pin]
        inner: tokio::time::Sleep,
        // Whether the last poll was pending because the budget was used up.
        has_yielded: bool,
    }
}

impl Sleep {
    /// Must be called in the runtime's context.
    #[inline]
    pub(crate) fn new(duration: Duration) -> Self {
        Self { inner: tokio::time::sleep(duration), has_yielded: false }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if has_budget_remaining() {
            *this.has_yielded = false;
        } else if replace(this.has_yielded, true) {
            let polled = pin!(unconstrained(this.inner)).poll(cx);
            // If it is polled again after it has fired, it yields once more.
            *this.has_yielded = polled.is_pending();
            return polled;
        }
        this.inner.poll(cx)
    }
}
