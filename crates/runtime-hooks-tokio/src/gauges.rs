//! The gauges that tokio provides.

use std::cell::Cell;

use runtime_hooks_core::support::{self, AttachedRuntime};
use runtime_hooks_core::{RuntimeGauges, WorkerGauges};
use tokio::runtime::{Handle, Id, RuntimeMetrics};

/// The value of `async.runtime.name`.
pub(crate) const NAME: &str = "tokio";

thread_local! {
    /// The runtime that this thread attached last. It is still attached if none was detached since.
    static LAST: Cell<Option<(Id, u64)>> = const { Cell::new(None) };
}

/// Reads the gauges of a runtime that somebody else owns.
pub(crate) fn attach(handle: &Handle) {
    let id = handle.id();
    let now = Some((id, support::attached_generation()));
    if LAST.try_with(|last| last.replace(now)).ok().flatten() == now {
        return;
    }
    let runtime = handle.clone();
    support::attach_foreign(&id, NAME, move || gauges_of(&runtime));
}

/// Reads the gauges of an owned runtime until the guard is dropped.
pub(crate) fn attach_owned(handle: &Handle) -> AttachedRuntime {
    let runtime = handle.clone();
    support::attach_owned(&handle.id(), NAME, move || gauges_of(&runtime))
}

pub(crate) fn gauges_of(handle: &Handle) -> RuntimeGauges {
    let metrics = handle.metrics();
    let mut gauges = RuntimeGauges::default();
    gauges.alive_tasks = Some(metrics.num_alive_tasks() as u64);
    gauges.queue_length = Some(metrics.global_queue_depth() as u64);
    gauges.workers =
        (0..metrics.num_workers()).map(|worker| worker_gauges(&metrics, worker)).collect();
    gauges
}

#[cfg(target_has_atomic = "64")]
fn worker_gauges(metrics: &RuntimeMetrics, worker: usize) -> WorkerGauges {
    WorkerGauges::new(metrics.worker_total_busy_duration(worker), metrics.worker_park_count(worker))
}

/// tokio does not provide these gauges without 64-bit atomics.
#[cfg(not(target_has_atomic = "64"))]
fn worker_gauges(_: &RuntimeMetrics, _: usize) -> WorkerGauges {
    WorkerGauges::default()
}
