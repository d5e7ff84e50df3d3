//! The instrumented future: brackets each poll, and changes nothing of what it returns.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::probe::Probe;

pin_project! {
    /// A future whose life is recorded: made by [`instrument`](crate::RuntimeHooksExt::instrument),
    /// and inside every task that is spawned.
    ///
    /// It resolves, panics, is cancelled and is woken exactly as the future inside. It is 24 bytes
    /// larger.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Instrumented<F> {
        // First: a process that is dropped ends before what is inside is dropped.
        probe: Probe,
        #[pin]
        inner: F,
    }
}

impl<F> Instrumented<F> {
    #[inline]
    pub(crate) fn new(probe: Probe, inner: F) -> Self {
        Self { probe, inner }
    }

    /// Ends the process: its deadline has elapsed.
    pub(crate) fn elapse(self: Pin<&mut Self>) {
        self.project().probe.elapse();
    }
}

impl<F: Future> Future for Instrumented<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.probe.is_silent() {
            return this.inner.poll(cx);
        }
        if !this.probe.is_plain() {
            return poll_with_node(this.probe, this.inner, cx);
        }
        let run = this.probe.start();
        let result = this.inner.poll(cx);
        run.stop(result.is_ready());
        result
    }
}

/// Polls with a waker that stamps, inside what the task carries.
fn poll_with_node<F: Future>(
    probe: &mut Probe,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let node = probe.node(cx.waker());
    let waker = Waker::from(node.clone());
    let mut cx = Context::from_waker(&waker);
    let run = probe.start();
    let result = match node.carried() {
        None => inner.poll(&mut cx),
        Some(carried) => {
            let mut result = None;
            carried.enter(&mut || result = Some(inner.as_mut().poll(&mut cx)));
            // A tracer that does not call `run` must not end the task: poll it bare.
            result.unwrap_or_else(|| inner.poll(&mut cx))
        }
    };
    run.stop(result.is_ready());
    result
}

/// Whether a future of this type records itself, so that recording it again would count it twice.
///
/// Decided by the type's name, at compile time once inlined.
#[inline]
pub(crate) fn is_instrumented<F>() -> bool {
    let mut name = std::any::type_name::<F>();
    for wrapper in ["core::pin::Pin<", "alloc::boxed::Box<"] {
        name = name.strip_prefix(wrapper).unwrap_or(name);
    }
    name.starts_with(concat!(module_path!(), "::Instrumented<"))
        || name.starts_with(concat!(env!("CARGO_CRATE_NAME"), "::timeout::Timeout<"))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::timeout::Timeout;
    use std::future::{Pending, Ready};

    #[test]
    fn what_records_itself_is_known_by_its_type() {
        assert!(is_instrumented::<Instrumented<Ready<()>>>());
        assert!(is_instrumented::<Pin<Box<Instrumented<Ready<()>>>>>());
        assert!(is_instrumented::<Timeout<Ready<()>, Pending<()>>>());
        assert!(!is_instrumented::<Ready<Instrumented<()>>>());
        assert!(!is_instrumented::<Pin<Box<dyn Future<Output = ()>>>>());
    }

    #[test]
    fn it_is_24_bytes_larger_than_what_it_wraps() {
        assert_eq!(size_of::<Instrumented<[u64; 4]>>(), 32 + 24);
    }
}
