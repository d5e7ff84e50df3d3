//! The instrumented future: records each poll, and does not change its result.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::task::waker_ref;
use pin_project_lite::pin_project;
use runtime_hooks_recorder::Outcome;

use super::poll_guard::PollGuard;
use super::record::TaskRecord;
use crate::classify::{AlwaysFinished, Classify, outcome_of};

pin_project! {
    /// A future that is recorded: returned by [`instrument`](crate::RuntimeHooksExt::instrument), and used for every
    /// spawned task.
    ///
    /// It resolves, panics, is cancelled and is woken exactly as the future inside. It is 24 bytes larger than that,
    /// plus the size of its classifier; the default classifier has no size.
    // Built in place instead of by a function, which would copy the future once more.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Instrumented<F, C = AlwaysFinished> {
        // First: when it is dropped, the task ends before the inner future is dropped.
        pub(crate) record: TaskRecord,
        pub(crate) classify: C,
        #[pin]
        pub(crate) inner: F,
    }
}

impl<F: Future, C: Classify<F::Output>> Future for Instrumented<F, C> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_recorded(this.record, this.classify, this.inner, cx)
    }
}

/// Polls a future that `record` records.
#[inline]
pub(crate) fn poll_recorded<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    if record.is_silent() {
        return inner.poll(cx);
    }
    if !record.is_plain() {
        return if record.has_no_node() {
            poll_lazily(record, classify, inner, cx)
        } else if record.is_plain_in_context() {
            poll_in_context(record, classify, inner, cx)
        } else {
            poll_beside(record, classify, inner, cx)
        };
    }
    record.poll_plainly(|| inner.poll(cx), |result| outcome(classify, result))
}

/// The outcome of the task, if it has ended.
#[inline]
fn outcome<T>(classify: &impl Classify<T>, result: &Poll<T>) -> Option<Outcome> {
    match result {
        Poll::Ready(output) => Some(outcome_of(classify, output)),
        Poll::Pending => None,
    }
}

/// Polls with a stamping waker, for a task without a node.
// Neither this function nor the next ones are inlined: their stack frames are needed once per level of nested futures.
#[inline(never)]
fn poll_lazily<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let poll = |waker: &Waker| inner.poll(&mut Context::from_waker(waker));
    record.poll_lazily(cx.waker(), poll, |result| outcome(classify, result))
}

/// Polls in the task's context, for a task of which nothing else is recorded than of a plain one.
#[inline(never)]
fn poll_in_context<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    record.poll_in_context(|| inner.as_mut().poll(cx), |result| outcome(classify, result))
}

/// Polls with a stamping waker if wakes are stamped, and in the task's context if there is one.
#[inline(never)]
fn poll_beside<F: Future>(
    record: &mut TaskRecord,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let run = record.start_woken_by(cx.waker());
    let result = match run.stamping_node() {
        None => poll_inside(&run, inner, cx),
        Some(node) => poll_inside(&run, inner, &mut Context::from_waker(&waker_ref(node))),
    };
    run.stop(outcome(classify, &result));
    result
}

#[inline]
fn poll_inside<F: Future>(
    run: &PollGuard<'_>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    run.enter(|| inner.as_mut().poll(cx))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{Config, Instrumentor, Method, Submission, TaskContext, Tracer};
    use runtime_hooks_recorder::Recorder;
    use runtime_hooks_recorder::internals::{Role, Site};
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, Location, catch_unwind};
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    /// Keeps whether it was dropped while its thread panicked.
    struct Carried(Arc<OnceLock<bool>>);

    impl TaskContext for Carried {
        fn enter(&self, run: &mut dyn FnMut()) {
            run();
        }

        fn end(&self, _: Outcome, _: Duration) {}
    }

    impl Drop for Carried {
        fn drop(&mut self) {
            self.0.set(std::thread::panicking()).unwrap();
        }
    }

    struct Carries(Arc<OnceLock<bool>>);

    impl Tracer for Carries {
        fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
            Some(Arc::new(Carried(Arc::clone(&self.0))))
        }
    }

    #[test]
    fn what_a_task_carries_outlives_its_panic() {
        let dropped = Arc::new(OnceLock::new());
        let tracer = Arc::new(Carries(Arc::clone(&dropped)));
        let instrumentor =
            Instrumentor::installed(Config::new().recorder(Recorder::new()).tracer(tracer));
        let inner = poll_fn(|_| -> Poll<()> { panic!("on purpose") });
        let site = Site {
            name: None,
            type_name: "panics",
            role: Role::Future,
            runtime: "test",
            location: Location::caller(),
            size: None,
        };
        let record = instrumentor.submit(Method::Instrument, || site);
        let mut future = Instrumented { record, classify: AlwaysFinished, inner };
        let mut cx = Context::from_waker(Waker::noop());
        let poll = || Pin::new(&mut future).poll(&mut cx);
        assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
        assert_eq!(dropped.get(), None);
        drop(future);
        assert_eq!(dropped.get(), Some(&false));
    }

    #[test]
    fn an_instrumented_future_is_24_bytes_larger() {
        assert_eq!(size_of::<Instrumented<[u64; 4]>>(), 32 + 24);
    }
}
