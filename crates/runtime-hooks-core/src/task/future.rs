//! The instrumented future: records each poll, and does not change its result.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::poll::poll_now;
use super::record::TaskRecord;
use crate::classify::{AlwaysFinished, Classify};

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
    #[cfg(any(feature = "dump", feature = "watchdog"))]
    if crate::poll_extras::is_any() {
        return super::extra::poll_with_extras(record, classify, inner, cx);
    }
    poll_now(record, classify, inner, cx)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{Config, Instrumentor, Method, Submission, TaskContext, Tracer};
    use runtime_hooks_recorder::internals::{Role, Site};
    use runtime_hooks_recorder::{Outcome, Recorder};
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, Location, catch_unwind};
    use std::sync::{Arc, OnceLock};
    use std::task::Waker;
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
