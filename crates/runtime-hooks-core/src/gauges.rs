//! What a runtime says of itself: workers, queues.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::sync::{Mutex, lock};

/// A runtime's own gauges; `None` or empty where it cannot tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeGauges {
    /// Tasks the runtime itself counts as alive: also those that nobody instrumented.
    pub alive_tasks: Option<u64>,
    /// Tasks waiting in the shared queue.
    pub queue_length: Option<u64>,
    /// One for each worker thread.
    pub workers: Vec<WorkerGauges>,
}

/// One worker thread's gauges; both only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerGauges {
    /// How long the worker has been busy.
    pub busy: Duration,
    /// How often it has gone to sleep.
    pub parks: u64,
}

impl WorkerGauges {
    /// The gauges of one worker.
    pub const fn new(busy: Duration, parks: u64) -> Self {
        Self { busy, parks }
    }
}

/// All watched runtimes of one name, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeSnapshot {
    /// `async.runtime.name`.
    pub name: &'static str,
    /// Their gauges; workers are added up by index.
    pub gauges: RuntimeGauges,
}

/// A runtime that can be asked for its gauges.
pub(crate) type Source = Arc<dyn Fn() -> RuntimeGauges + Send + Sync>;

/// The runtimes a recorder watches. The totals of those that are gone stay: counters only grow.
#[derive(Default)]
pub(crate) struct Watched(Mutex<List>);

#[derive(Default)]
struct List {
    next: u64,
    live: Vec<(u64, &'static str, Source)>,
    gone: Vec<RuntimeSnapshot>,
}

impl Watched {
    pub(crate) fn add(&self, name: &'static str, source: Source) -> u64 {
        let mut list = lock(&self.0);
        list.next += 1;
        let id = list.next;
        list.live.push((id, name, source));
        id
    }

    pub(crate) fn remove(&self, id: u64) {
        let mut list = lock(&self.0);
        let Some(at) = list.live.iter().position(|(live, ..)| *live == id) else { return };
        let (_, name, source) = list.live.swap_remove(at);
        let last = RuntimeGauges { alive_tasks: None, queue_length: None, ..source() };
        add_up(&mut list.gone, name, last);
        drop(list);
        // Dropped outside the lock: it may be the last handle of a runtime.
        drop(source);
    }

    pub(crate) fn snapshot(&self) -> Vec<RuntimeSnapshot> {
        let (mut all, live) = {
            let list = lock(&self.0);
            (list.gone.clone(), list.live.clone())
        };
        live.iter().for_each(|(_, name, source)| add_up(&mut all, name, source()));
        all
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(lock(&self.0).live.iter().map(|(_, name, _)| name)).finish()
    }
}

fn add_up(all: &mut Vec<RuntimeSnapshot>, name: &'static str, gauges: RuntimeGauges) {
    let Some(same) = all.iter_mut().find(|runtime| runtime.name == name) else {
        all.push(RuntimeSnapshot { name, gauges });
        return;
    };
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
