//! Futures that cases are made of.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Wake};
use std::time::Duration;

use futures_channel::oneshot;
use runtime_hooks_core::{HistogramSnapshot, ManualClock};

/// Wakes itself so many times; each poll takes this long on the case's clock.
pub(crate) async fn polls(count: u32, time: ManualClock, each: Duration) -> u32 {
    let mut left = count;
    poll_fn(|cx| {
        time.advance(each);
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    count
}

/// Tells when a future has been dropped: put the sender inside.
pub(crate) fn drop_signal() -> (oneshot::Sender<()>, oneshot::Receiver<()>) {
    oneshot::channel()
}

/// Never ends; holds on to `kept` until it is dropped.
pub(crate) async fn holds<T>(kept: T) -> u32 {
    std::future::pending::<()>().await;
    drop(kept);
    0
}

/// Counts wakes.
#[derive(Debug, Default)]
pub(crate) struct WakeCounter(AtomicU64);

impl WakeCounter {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for WakeCounter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Count and sum of a histogram.
pub(crate) fn total(histogram: &HistogramSnapshot) -> (u64, Duration) {
    (histogram.count(), histogram.sum())
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
