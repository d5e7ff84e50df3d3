//! The instrumented future: brackets each poll, and changes nothing of what it returns.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::task::waker_ref;
use pin_project_lite::pin_project;

use super::probe::Probe;
use super::run::Run;
use crate::classify::{AlwaysFinished, Classify, outcome_of};
use crate::state::Outcome;

pin_project! {
    /// A future whose life is recorded: made by [`instrument`](crate::RuntimeHooksExt::instrument),
    /// and inside every task that is spawned.
    ///
    /// It resolves, panics, is cancelled and is woken exactly as the future inside. It is 24 bytes
    /// larger, and as much as its classifier, which by default is nothing.
    // Made where it is, and not by a function: that would copy the future once more.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Instrumented<F, C = AlwaysFinished> {
        // First: a process that is dropped ends before what is inside is dropped.
        pub(crate) probe: Probe,
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
        poll_recorded(this.probe, this.classify, this.inner, cx)
    }
}

/// Polls a future whose life `probe` records.
#[inline]
pub(crate) fn poll_recorded<F: Future>(
    probe: &mut Probe,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    if probe.is_silent() {
        return inner.poll(cx);
    }
    if !probe.is_plain() {
        return if probe.is_alone() {
            poll_lazily(probe, classify, inner, cx)
        } else {
            poll_beside(probe, classify, inner, cx)
        };
    }
    probe.run_plainly(|| inner.poll(cx), |result| outcome(classify, result))
}

/// In which outcome the process has ended, if it has.
#[inline]
fn outcome<T>(classify: &impl Classify<T>, result: &Poll<T>) -> Option<Outcome> {
    match result {
        Poll::Ready(output) => Some(outcome_of(classify, output)),
        Poll::Pending => None,
    }
}

/// Polls with a waker that stamps, of a task that has nothing beside it yet.
// Neither this nor `poll_beside` is part of the other, or of what calls them: what they have on the stack is there once
// for each level of futures that await others.
#[inline(never)]
fn poll_lazily<F: Future>(
    probe: &mut Probe,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let poll = |waker: &Waker| inner.poll(&mut Context::from_waker(waker));
    probe.run_lazily(cx.waker(), poll, |result| outcome(classify, result))
}

/// Polls with a waker that stamps if wakes are to be stamped, inside what the task carries if it carries.
#[inline(never)]
fn poll_beside<F: Future>(
    probe: &mut Probe,
    classify: &impl Classify<F::Output>,
    inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    match probe.start_woken_by(cx.waker()) {
        (run, None) => poll_inside(run, classify, inner, cx),
        (run, Some(node)) => {
            let waker = waker_ref(node);
            poll_inside(run, classify, inner, &mut Context::from_waker(&waker))
        }
    }
}

#[inline]
fn poll_inside<F: Future>(
    run: Run<'_>,
    classify: &impl Classify<F::Output>,
    mut inner: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let result = run.enter(|| inner.as_mut().poll(cx));
    run.stop(outcome(classify, &result));
    result
}

/// Whether a future of this type records itself, so that recording it again would count it twice.
///
/// Decided by the type's name, at compile time once inlined.
#[inline]
pub(crate) fn is_instrumented<F>() -> bool {
    is_one_of::<F>(&[
        concat!(module_path!(), "::Instrumented<"),
        concat!(env!("CARGO_CRATE_NAME"), "::calls::timeout::Timeout<"),
        concat!(env!("CARGO_CRATE_NAME"), "::calls::deadline::Deadlined<"),
    ]) || is_marked::<F>()
}

/// The last type parameter of a drop-in's future that records itself: such a type bears its runtime's name, so
/// it cannot be known by its own. Not as a default, which a type's name leaves out. See [`DropIn`](crate::DropIn).
#[derive(Clone, Copy, Debug)]
pub enum AlreadyInstrumented {}

#[inline]
fn is_marked<F>() -> bool {
    pointed_to::<F>().ends_with(concat!(module_path!(), "::AlreadyInstrumented>"))
}

/// Whether it records itself, or is the handle of a task, which does.
#[inline]
pub(crate) fn is_recorded<F>() -> bool {
    is_instrumented::<F>()
        || is_one_of::<F>(&[
            concat!(env!("CARGO_CRATE_NAME"), "::task::handle::JoinHandle<"),
            concat!(env!("CARGO_CRATE_NAME"), "::task::flatten::Flatten<"),
            concat!(env!("CARGO_CRATE_NAME"), "::task::joinable::Joinable<"),
            concat!(env!("CARGO_CRATE_NAME"), "::task_group::member::Member<"),
        ])
}

/// Whether the type's name starts with one of these, behind whatever points to it.
#[inline]
pub(crate) fn is_one_of<F>(prefixes: &[&str]) -> bool {
    let name = pointed_to::<F>();
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// The name of the type, or of what it points to.
#[inline]
fn pointed_to<F>() -> &'static str {
    let mut name = std::any::type_name::<F>();
    // As many layers as there are in `&mut Pin<Box<F>>` and `Pin<&mut F>`.
    for (wrapper, end) in
        [("&mut ", ""), ("core::pin::Pin<", ">"), ("&mut ", ""), ("alloc::boxed::Box<", ">")]
    {
        let inner = name.strip_prefix(wrapper).and_then(|inner| inner.strip_suffix(end));
        name = inner.unwrap_or(name);
    }
    name
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::calls::Timeout;
    use crate::task::Joinable;
    use std::future::{Pending, Ready};

    #[test]
    fn what_records_itself_is_known_by_its_type() {
        assert!(is_instrumented::<Instrumented<Ready<()>>>());
        assert!(is_instrumented::<Pin<Box<Instrumented<Ready<()>>>>>());
        assert!(is_instrumented::<&mut Instrumented<Ready<()>>>());
        assert!(is_instrumented::<Pin<&mut Instrumented<Ready<()>>>>());
        assert!(is_instrumented::<Timeout<Ready<()>, Pending<()>>>());
        assert!(is_recorded::<Joinable<()>>() && !is_instrumented::<Joinable<()>>());
        assert!(!is_recorded::<Ready<Joinable<()>>>());
        assert!(!is_instrumented::<Ready<Instrumented<()>>>());
        assert!(!is_instrumented::<Pin<Box<dyn Future<Output = ()>>>>());
    }

    #[test]
    fn what_records_itself_elsewhere_is_known_by_its_mark() {
        struct Timeout<F, M>(F, std::marker::PhantomData<M>);
        type Marked<F> = Timeout<F, AlreadyInstrumented>;
        assert!(is_instrumented::<Marked<()>>());
        assert!(is_instrumented::<Pin<Box<Marked<Ready<()>>>>>());
        assert!(is_instrumented::<Pin<&mut Marked<Ready<()>>>>());
        assert!(!is_instrumented::<Timeout<(), ()>>());
        assert!(!is_instrumented::<Ready<Marked<()>>>());
        assert!(!is_instrumented::<Timeout<Marked<()>, ()>>());
    }

    #[test]
    fn it_is_24_bytes_larger_than_what_it_wraps() {
        assert_eq!(size_of::<Instrumented<[u64; 4]>>(), 32 + 24);
    }
}
