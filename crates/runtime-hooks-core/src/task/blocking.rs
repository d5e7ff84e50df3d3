//! The instrumented closure: a task with one poll.

use super::record::TaskRecord;
use crate::box_if_large;
use crate::classify::{Classify, outcome_of};

/// Wraps a closure for the blocking pool. Its wait for a thread is its schedule delay, its run is its only poll. A
/// closure that is dropped before it runs was cancelled.
pub(crate) fn blocking<F, T, C>(record: TaskRecord, classify: C, work: F) -> impl FnOnce() -> T
where
    F: FnOnce() -> T,
    C: Classify<T>,
{
    move || box_if_large!(fn work: F as _of => run(record, &classify, work))
}

#[inline]
fn run<F, T>(mut record: TaskRecord, classify: &impl Classify<T>, work: F) -> T
where
    F: FnOnce() -> T,
{
    #[cfg(feature = "watchdog")]
    let _watched = super::extra::is_watched().then(super::watched::WatchedClosure::start);
    if record.is_silent() {
        return work();
    }
    let run = record.start();
    let mut work = Some(work);
    let result = run.enter(|| work.take().expect("entered once")());
    run.stop(Some(outcome_of(classify, &result)));
    result
}
