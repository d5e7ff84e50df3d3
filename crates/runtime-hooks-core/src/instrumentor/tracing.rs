//! The tracers of an instrumentor, which each thread keeps: a submission reads them without an atomic write.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use super::config::Config;
use crate::incident::Reports;
use crate::settings::Selector;
use crate::tracer::{TracerStack, run_on_exit_thread};

/// The tracers of one installation. It stays after an uninstallation, for submissions that read it concurrently.
pub(super) struct Tracing {
    pub(super) tracers: TracerStack,
    pub(super) selector: Selector,
}

/// The tracers of the last installation.
#[derive(Debug)]
pub(super) struct LastTracing {
    last: ArcSwapOption<Tracing>,
    /// The number of its selector, which no other installation has; 0 if there are no tracers.
    number: AtomicU64,
}

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept(None)) };
}

/// The tracers with which this thread last submitted a task. They are freed when the thread installs others, at its next
/// submission with others, or when it ends.
struct Kept(Option<Arc<Tracing>>);

impl Tracing {
    pub(super) fn of(config: &Config, reports: &Arc<Reports>) -> Option<Self> {
        let tracers = config.all_tracers(reports);
        let selector = Selector::new(config.trace.clone());
        (!tracers.is_empty()).then_some(Self { tracers, selector })
    }
}

impl LastTracing {
    pub(super) const fn new() -> Self {
        Self { last: ArcSwapOption::const_empty(), number: AtomicU64::new(0) }
    }

    /// Returns those before.
    pub(super) fn replace(&self, tracing: Option<Tracing>) -> Option<Arc<Tracing>> {
        let number = tracing.as_ref().map_or(0, |tracing| tracing.selector.number());
        let before = self.last.swap(tracing.map(Arc::new));
        // Release: a thread that reads the number finds these tracers, or later ones.
        self.number.store(number, Ordering::Release);
        let kept = KEPT.try_with(|kept| kept.try_borrow_mut().ok()?.0.take());
        // Drops tracers of the program, which may submit tasks.
        drop(kept);
        before
    }

    /// Calls `work` with the tracers, if there are any. `work` may call this again.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "the captures of `work` would be copied right after they were stored"
    )]
    pub(super) fn with(&self, mut work: impl FnMut(&Tracing)) {
        let number = self.number.load(Ordering::Acquire);
        let with_kept = |kept: &RefCell<Kept>| {
            let Ok(kept) = kept.try_borrow() else { return false };
            let Some(tracing) = &kept.0 else { return false };
            let is_last = tracing.selector.number() == number;
            if is_last {
                work(tracing);
            }
            is_last
        };
        if !KEPT.try_with(with_kept).unwrap_or(false) {
            self.with_loaded(work);
        }
    }

    #[cold]
    fn with_loaded(&self, mut work: impl FnMut(&Tracing)) {
        let Some(tracing) = self.last.load_full() else { return };
        work(&tracing);
        let replace = |kept: &RefCell<Kept>| {
            // Not while an outer submission uses those before.
            kept.try_borrow_mut().ok()?.0.replace(tracing)
        };
        // Drops tracers of the program, which may submit tasks.
        drop(KEPT.try_with(replace));
    }
}

impl Drop for Kept {
    /// The thread is ending, and tracers may use thread-locals when they are dropped.
    fn drop(&mut self) {
        if let Some(last) = self.0.take().and_then(Arc::into_inner) {
            run_on_exit_thread(move || drop(last));
        }
    }
}

impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracing").field("selector", &self.selector).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{NoTracer, TraceNames};

    fn tracing() -> (Arc<NoTracer>, Option<Tracing>) {
        let tracer = Arc::new(NoTracer);
        let config = Config::new().trace(TraceNames::none()).tracer(tracer.clone());
        let tracing = Tracing::of(&config, &config.reports());
        (tracer, tracing)
    }

    fn number(last: &LastTracing) -> Option<u64> {
        let mut number = None;
        last.with(|tracing| number = Some(tracing.selector.number()));
        number
    }

    #[test]
    fn a_thread_uses_the_last_tracers_of_each_instrumentor() {
        let (one, other) = (LastTracing::new(), LastTracing::new());
        assert_eq!(number(&one), None);
        let numbers = [&one, &other, &one].map(|last| {
            drop(last.replace(tracing().1));
            let number = number(last);
            let mut inside = None;
            last.with(|_| inside = self::number(&one));
            assert_eq!(inside, self::number(&one));
            number
        });
        assert!(numbers[0] < numbers[1] && numbers[1] < numbers[2]);
        assert_eq!((number(&one), number(&other)), (numbers[2], numbers[1]));
        drop(one.replace(None));
        assert_eq!((number(&one), number(&other)), (None, numbers[1]));
    }

    #[test]
    fn tracers_are_freed_when_no_thread_keeps_them() {
        let last = Arc::new(LastTracing::new());
        let (tracer, first) = tracing();
        drop(last.replace(first));
        std::thread::scope(|scope| {
            let used = scope.spawn(|| number(&last).is_some()).join();
            assert!(used.unwrap());
        });
        assert_eq!(number(&last).is_some(), Arc::strong_count(&tracer) == 2);
        std::thread::scope(|scope| {
            let (used, wait) = std::sync::mpsc::channel();
            let (go, gate) = std::sync::mpsc::channel::<()>();
            let last = &last;
            scope.spawn(move || {
                used.send(number(last)).unwrap();
                gate.recv().unwrap();
                used.send(number(last)).unwrap();
                gate.recv().unwrap();
            });
            let before = wait.recv().unwrap();
            drop(last.replace(tracing().1));
            assert_eq!(Arc::strong_count(&tracer), 2, "the other thread keeps them");
            go.send(()).unwrap();
            assert!(wait.recv().unwrap() > before);
            assert_eq!(Arc::strong_count(&tracer), 1);
            go.send(()).unwrap();
        });
    }
}
