//! Gauges that a runtime provides: workers and queues.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::hook_guard::HookGuard;
use crate::sync::{Mutex, lock};

/// Gauges that a runtime provides; `None` or empty where it provides none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeGauges {
    /// Alive tasks by the runtime's own count, which includes tasks that are not instrumented.
    pub alive_tasks: Option<u64>,
    /// Tasks waiting in the shared queue.
    pub queue_length: Option<u64>,
    /// One entry per worker thread.
    pub workers: Vec<WorkerGauges>,
}

impl RuntimeGauges {
    /// Raises the totals of workers to those of another reading: a reading that took longer may be older.
    fn raise_to(&mut self, other: &Self) {
        for (worker, other) in self.workers.iter_mut().zip(&other.workers) {
            worker.busy = worker.busy.max(other.busy);
            worker.parks = worker.parks.max(other.parks);
        }
    }
}

/// The gauges of one worker thread. Both only increase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerGauges {
    /// Total time for which the worker has been busy.
    pub busy: Duration,
    /// How many times the worker has parked.
    pub parks: u64,
}

impl WorkerGauges {
    /// Creates the gauges of one worker.
    pub const fn new(busy: Duration, parks: u64) -> Self {
        Self { busy, parks }
    }
}

/// The gauges of all runtimes with the same name, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeSnapshot {
    /// `async.runtime.name`.
    pub name: &'static str,
    /// The number of worker threads of the runtimes that are watched now.
    pub worker_count: u64,
    /// The summed gauges. Those of workers are summed by index, and include runtimes that are not watched any more.
    pub gauges: RuntimeGauges,
}

/// A source of a runtime's gauges: user code, called through its guard.
struct Source {
    runtime: &'static str,
    /// Identifies the runtime in the process, if its totals count from its own start.
    id: Option<String>,
    // An `Option`, because `drop` moves it out to run its destructor, which is user code, in the guard.
    read: Option<Box<dyn Fn() -> RuntimeGauges + Send + Sync>>,
    guard: HookGuard,
    /// The last gauges that were read. Their totals stay when the source fails or is removed.
    last: Mutex<RuntimeGauges>,
}

impl Source {
    /// The current gauges, or the last ones if the source fails, and the message of a panic.
    fn read(&self) -> (RuntimeGauges, Option<String>) {
        let last_known = || lock(&self.last).map(|last| last.clone()).unwrap_or_default();
        let result = match &self.read {
            Some(read) if !self.guard.is_off() => self.guard.catch("gauges", read),
            _ => return (last_known(), None),
        };
        match result {
            Ok(mut gauges) => {
                if let Some(mut last) = lock(&self.last) {
                    gauges.raise_to(&last);
                    last.clone_from(&gauges);
                }
                (gauges, None)
            }
            Err(panic) => (last_known(), Some(panic)),
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let read = self.read.take();
        let _ = self.guard.catch("drop", || drop(read));
    }
}

/// The runtimes that a recorder watches. Totals of removed runtimes stay: counters only increase.
///
/// No source is called while the lock is held.
#[derive(Default)]
pub(crate) struct GaugeSources(Mutex<List>);

#[derive(Default)]
struct List {
    next: u64,
    live: Vec<(u64, Arc<Source>)>,
    removed: Vec<RuntimeSnapshot>,
    /// The last of the removed runtimes that have an id: if one is added again, it reports these totals itself.
    gone: VecDeque<(String, RuntimeSnapshot)>,
}

/// The maximum number of removed runtimes that are told apart.
const MAX_GONE: usize = 64;

impl GaugeSources {
    pub(crate) fn add(
        &self,
        runtime: &'static str,
        id: Option<String>,
        read: Box<dyn Fn() -> RuntimeGauges + Send + Sync>,
    ) -> u64 {
        let guard = HookGuard::new("a source of gauges");
        let Some(mut list) = lock(&self.0) else { return 0 };
        let is_it = |(gone, _): &(String, RuntimeSnapshot)| Some(gone) == id.as_ref();
        let before = list.gone.iter().position(is_it).and_then(|at| list.gone.remove(at));
        let last = before.map(|(_, before)| before.gauges).unwrap_or_default();
        let source = Source { runtime, id, read: Some(read), guard, last: Mutex::new(last) };
        // 0 is no source.
        list.next += 1;
        let id = list.next;
        list.live.push((id, Arc::new(source)));
        id
    }

    pub(crate) fn remove(&self, id: u64) {
        let find = |list: &List| list.live.iter().position(|(live, _)| *live == id);
        let source = {
            let Some(list) = lock(&self.0) else { return };
            let Some(at) = find(&list) else { return };
            Arc::clone(&list.live[at].1)
        };
        // It stays in the list until its last totals are stored, so that no snapshot misses them.
        let (gauges, _) = source.read();
        let last = RuntimeGauges { alive_tasks: None, queue_length: None, ..gauges };
        let Some(mut list) = lock(&self.0) else { return };
        let Some(at) = find(&list) else { return };
        let removed = list.live.swap_remove(at);
        list.keep(&source, last);
        drop(list);
        // After unlocking: this may drop the last handle of a runtime.
        drop((removed, source));
    }

    /// The gauges of all runtimes, and the message of the last source that panicked.
    pub(crate) fn snapshot(&self) -> (Vec<RuntimeSnapshot>, Option<String>) {
        let lists = lock(&self.0).map(|list| (list.all_removed(), list.live.clone()));
        let (mut all, live) = lists.unwrap_or_default();
        let mut panic = None;
        for (_, source) in live {
            let (gauges, panicked) = source.read();
            add_up(&mut all, source.runtime, gauges.workers.len() as u64, gauges);
            panic = panicked.or(panic);
        }
        (all, panic)
    }
}

impl List {
    /// Keeps the last totals of a removed source.
    fn keep(&mut self, source: &Source, mut last: RuntimeGauges) {
        // A snapshot may have read it since.
        if let Some(known) = lock(&source.last) {
            last.raise_to(&known);
        }
        let Some(id) = source.id.clone() else {
            add_up(&mut self.removed, source.runtime, 0, last);
            return;
        };
        let name = source.runtime;
        self.gone.push_back((id, RuntimeSnapshot { name, worker_count: 0, gauges: last }));
        if self.gone.len() > MAX_GONE
            && let Some((_, oldest)) = self.gone.pop_front()
        {
            add_up(&mut self.removed, oldest.name, 0, oldest.gauges);
        }
    }

    fn all_removed(&self) -> Vec<RuntimeSnapshot> {
        let mut all = self.removed.clone();
        for (_, gone) in &self.gone {
            add_up(&mut all, gone.name, 0, gone.gauges.clone());
        }
        all
    }
}

#[cfg(all(test, unix, not(loom)))]
impl GaugeSources {
    pub(crate) fn while_locked(&self, during: &mut dyn FnMut()) {
        let list = lock(&self.0);
        assert!(list.is_some());
        during();
    }
}

impl fmt::Debug for GaugeSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = lock(&self.0);
        let live = list.iter().flat_map(|list| &list.live);
        f.debug_list().entries(live.map(|(_, source)| source.runtime)).finish()
    }
}

fn add_up(
    all: &mut Vec<RuntimeSnapshot>,
    name: &'static str,
    worker_count: u64,
    gauges: RuntimeGauges,
) {
    let Some(same) = all.iter_mut().find(|runtime| runtime.name == name) else {
        all.push(RuntimeSnapshot { name, worker_count, gauges });
        return;
    };
    same.worker_count += worker_count;
    let sum = |a: Option<u64>, b: Option<u64>| a.map_or(b, |a| Some(a + b.unwrap_or(0)));
    let into = &mut same.gauges;
    into.alive_tasks = sum(into.alive_tasks, gauges.alive_tasks);
    into.queue_length = sum(into.queue_length, gauges.queue_length);
    for (index, worker) in gauges.workers.into_iter().enumerate() {
        if let Some(into) = into.workers.get_mut(index) {
            into.busy += worker.busy;
            into.parks += worker.parks;
        } else {
            into.workers.push(worker);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn busy(seconds: u64) -> RuntimeGauges {
        let busy = WorkerGauges::new(Duration::from_secs(seconds), seconds);
        RuntimeGauges { workers: vec![busy], ..RuntimeGauges::default() }
    }

    fn seconds(sources: &GaugeSources) -> Vec<u64> {
        let (all, _) = sources.snapshot();
        all.iter().flat_map(|runtime| &runtime.gauges.workers).map(|w| w.busy.as_secs()).collect()
    }

    #[test]
    fn a_source_may_take_a_snapshot_and_drop_its_own_guard() {
        static SOURCES: OnceLock<GaugeSources> = OnceLock::new();
        let sources = SOURCES.get_or_init(GaugeSources::default);
        let depth = AtomicU64::new(0);
        let id = sources.add(
            "test",
            None,
            Box::new(move || {
                if depth.fetch_add(1, Ordering::Relaxed) == 0 {
                    assert_eq!(seconds(SOURCES.get().unwrap()), [7]);
                    SOURCES.get().unwrap().remove(1);
                }
                busy(7)
            }),
        );
        assert_eq!(id, 1);
        sources.snapshot();
        assert_eq!((seconds(sources), format!("{sources:?}")), (vec![7], "[]".to_owned()));
    }

    #[test]
    fn workers_of_two_runtimes_add_up_and_none_are_left_of_a_removed_one() {
        let sources = GaugeSources::default();
        let read = |workers: usize| {
            let busy = WorkerGauges::new(Duration::from_secs(3), 1);
            let gauges = RuntimeGauges { workers: vec![busy; workers], ..RuntimeGauges::default() };
            Box::new(move || gauges.clone())
        };
        let two = sources.add("test", None, read(2));
        let eight = sources.add("test", None, read(8));
        let found = || {
            let (all, _) = sources.snapshot();
            (
                all[0].worker_count,
                all[0].gauges.workers.iter().map(|w| w.busy.as_secs()).sum::<u64>(),
            )
        };
        assert_eq!(found(), (10, 30));
        sources.remove(eight);
        assert_eq!(found(), (2, 30));
        sources.remove(two);
        assert_eq!(found(), (0, 30));
    }

    #[test]
    fn a_runtime_that_is_added_again_is_counted_once() {
        let sources = GaugeSources::default();
        let add = |id: &str| sources.add("test", Some(id.to_owned()), Box::new(|| busy(10)));
        for _ in 0..3 {
            let id = add("1");
            assert_eq!(seconds(&sources), [10]);
            sources.remove(id);
            assert_eq!(seconds(&sources), [10]);
        }
        let other = add("2");
        assert_eq!(seconds(&sources), [20]);
        sources.remove(other);
        // More than are told apart: nothing is lost.
        for number in 0..100 {
            sources.remove(add(&format!("many {number}")));
        }
        assert_eq!(seconds(&sources), [20 + 1_000]);
    }

    #[test]
    fn totals_never_decrease_when_a_reading_is_older_than_the_last() {
        let (sources, calls) = (GaugeSources::default(), AtomicU64::new(0));
        let readings = [10, 12, 11];
        let read = move || busy(readings[calls.fetch_add(1, Ordering::Relaxed).min(2) as usize]);
        let id = sources.add("test", None, Box::new(read));
        assert_eq!([(); 3].map(|()| seconds(&sources)), [[10], [12], [12]]);
        sources.remove(id);
        assert_eq!(seconds(&sources), [12]);
    }

    #[test]
    fn the_last_totals_of_a_source_that_fails_stay() {
        let (sources, calls) = (GaugeSources::default(), AtomicU64::new(0));
        let id = sources.add(
            "test",
            None,
            Box::new(move || match calls.fetch_add(1, Ordering::Relaxed) {
                n @ (0 | 2) => busy(n + 10),
                _ => panic!("not ready"),
            }),
        );
        let read: Vec<_> = (0..5).map(|_| (seconds(&sources), sources.snapshot().1)).collect();
        assert_eq!(read[0], (vec![10], Some("not ready".to_owned())));
        assert_eq!(read[1], (vec![12], Some("not ready".to_owned())));
        assert!(read[2..].iter().all(|read| *read == (vec![12], None)));
        sources.remove(id);
        assert_eq!(seconds(&sources), [12]);
    }
}
