//! The instrumented stream: records each poll of it, and does not change its items.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::Stream;
use pin_project_lite::pin_project;

use super::future::poll_recorded;
use super::record::TaskRecord;
use crate::classify::AlwaysFinished;

pin_project! {
    /// A stream that is recorded as one task: returned by
    /// [`instrument_stream`](crate::RuntimeHooksExt::instrument_stream).
    ///
    /// Each call of `poll_next` is a poll of the task. The task has ended when the stream returns `None`. If it is dropped
    /// before, it is cancelled. The time between an item and the next call is idle time, whatever wakes the task meanwhile,
    /// since the consumer decides when that is.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct InstrumentedStream<S> {
        // First: when it is dropped, the task ends before the inner stream is dropped.
        record: TaskRecord,
        // Whether the last poll yielded an item. Until the next one the consumer decides when that is.
        has_yielded: bool,
        #[pin]
        inner: S,
    }
}

impl<S> InstrumentedStream<S> {
    #[inline]
    pub(crate) fn new(record: TaskRecord, inner: S) -> Self {
        Self { record, has_yielded: false, inner }
    }
}

impl<S: Stream> Stream for InstrumentedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let mut item = None;
        if std::mem::take(this.has_yielded) {
            this.record.forget_wake();
        }
        let end = UntilEnd { stream: this.inner, item: &mut item };
        let polled = poll_recorded(this.record, &AlwaysFinished, Pin::new(&mut { end }), cx);
        match (polled, item) {
            (Poll::Ready(()), _) => Poll::Ready(None),
            (Poll::Pending, Some(item)) => {
                *this.has_yielded = true;
                Poll::Ready(Some(item))
            }
            (Poll::Pending, None) => Poll::Pending,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// The end of a stream as a future. It stores the item of a poll that yields one.
struct UntilEnd<'s, S: Stream> {
    stream: Pin<&'s mut S>,
    item: &'s mut Option<S::Item>,
}

// The stream itself is pinned, and nothing else is.
impl<S: Stream> Unpin for UntilEnd<'_, S> {}

impl<S: Stream> Future for UntilEnd<'_, S> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        // A task dump polls once more, which must not replace the item.
        if this.item.is_some() {
            return Poll::Pending;
        }
        match this.stream.as_mut().poll_next(cx) {
            Poll::Ready(None) => Poll::Ready(()),
            Poll::Ready(Some(item)) => {
                *this.item = Some(item);
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
