//! Futures, errors and gates that several cases use.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use runtime_hooks_core::{Elapsed, HistogramSnapshot, ManualClock};

/// Is polled `count` times, and wakes itself in each poll except the last. Each poll takes `each` on the case's clock.
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

/// The receiver resolves when the future that holds the sender is dropped.
pub(crate) fn drop_signal() -> (oneshot::Sender<()>, oneshot::Receiver<()>) {
    oneshot::channel()
}

/// Never ends. Keeps `kept` until it is dropped.
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

/// The count and the sum of a histogram.
pub(crate) fn total(histogram: &HistogramSnapshot) -> (u64, Duration) {
    (histogram.count(), histogram.sum())
}

/// Durations beyond the range of all clocks, or of some clocks.
pub(crate) const ENDLESS: [Duration; 3] =
    [Duration::MAX, Duration::from_secs(i64::MAX.unsigned_abs()), Duration::from_secs(1 << 40)];

/// The last point in time that an `Instant` can represent, to the second.
pub(crate) fn farthest(now: Instant) -> Instant {
    let bits = (0..u64::BITS).rev().map(|bit| Duration::from_secs(1 << bit));
    bits.fold(now, |far, step| far.checked_add(step).unwrap_or(far))
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An error that cases return, with or without a source.
#[derive(Debug, PartialEq)]
pub(crate) struct Failed(pub(crate) u32, pub(crate) Option<Elapsed>);

impl Failed {
    pub(crate) const fn new(code: u32) -> Self {
        Self(code, None)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed with {}", self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_ref().map(|source| source as _)
    }
}

/// Makes any number of futures wait until it is opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    is_open: bool,
    wakers: Vec<Waker>,
}

impl Gate {
    pub(crate) fn open(&self) {
        let mut waiting = self.0.lock().unwrap();
        waiting.is_open = true;
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn passed(self) {
        poll_fn(|cx| {
            let mut waiting = self.0.lock().unwrap();
            if waiting.is_open {
                return Poll::Ready(());
            }
            waiting.wakers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
