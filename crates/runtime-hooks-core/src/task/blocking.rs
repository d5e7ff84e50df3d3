//! The instrumented closure: a process with one run.

use super::record::TaskRecord;
use crate::box_if_large;
use crate::classify::{Classify, outcome_of};

/// Wraps a closure for the blocking pool: how long it waited is its schedule delay, how long it ran
/// its only poll. Dropped before it ran, it was cancelled.
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
    if record.is_silent() {
        return work();
    }
    let run = record.start();
    let mut work = Some(work);
    let result = run.enter(|| work.take().expect("entered once")());
    run.stop(Some(outcome_of(classify, &result)));
    result
}
