//! tokio's timer, which also fires in a task that has used up its budget.

use std::mem::replace;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::coop::{has_budget_remaining, unconstrained};

pin_project! {
    /// [`tokio::time::Sleep`] as a deadline: what [`Tokio`](crate::Tokio) sleeps with.
    ///
    /// tokio's own is pending in each poll in which the task's [budget](tokio::task::coop) is used up. So beside a
    /// future that uses it up in every poll it would never fire. This one yields for the budget once, as tokio's own
    /// does. If the budget is used up again when it is polled next, it is polled without one. A loop over sleeps that
    /// are ready still yields to other tasks.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Sleep {
        #[pin]
        inner: tokio::time::Sleep,
        // Whether the last poll found no budget, and was pending for that.
        has_yielded: bool,
    }
}

impl Sleep {
    /// Needs the runtime's context.
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
            // Polled again after its end, it has to yield once more.
            *this.has_yielded = polled.is_pending();
            return polled;
        }
        this.inner.poll(cx)
    }
}
