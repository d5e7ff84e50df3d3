//! The instrumented closure: a process with one run.

use super::probe::Probe;
use crate::classify::Classify;

/// Wraps a closure for the blocking pool: how long it waited is its schedule delay, how long it ran
/// its only poll. Dropped before it ran, it was cancelled.
pub(crate) fn blocking<F, T, C>(mut probe: Probe, classify: C, work: F) -> impl FnOnce() -> T
where
    F: FnOnce() -> T,
    C: Classify<T>,
{
    move || {
        if probe.is_silent() {
            return work();
        }
        let carried = probe.carried();
        let run = probe.start();
        let result = match carried {
            None => work(),
            Some(carried) => {
                let (mut work, mut result) = (Some(work), None);
                carried.enter(&mut || result = work.take().map(|work| work()));
                // A tracer that does not call `run` must not swallow the work.
                result.or_else(|| work.map(|work| work())).expect("taken only to be run")
            }
        };
        run.stop(Some(classify.classify(&result)));
        result
    }
}
