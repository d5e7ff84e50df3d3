//! The thread-local part: this thread's ring and table of each recorder, and what happens to them when it ends.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::entry::Entry;
use super::inner::Inner;
use super::log::Writer;
use super::table::Table;
use crate::fork;
use crate::sync::lock;
use crate::thread_exit;

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local::new()) };
}

/// What this thread has for each recorder that it uses.
struct Local {
    /// The id of the recorder that it used last; 0 if there is none.
    recorder: u32,
    last: Option<Entry>,
    others: Vec<Entry>,
}

/// Recorders by id. Ids are never reused, so a task that outlives its recorder finds none, never another one.
static RECORDERS: std::sync::Mutex<BTreeMap<u32, Weak<Inner>>> =
    std::sync::Mutex::new(BTreeMap::new());

/// Runs `f` once on this thread's table for a recorder; `None` if the recorder was dropped. The hot path calls the
/// two steps of this function itself, so that the first is inlined.
#[inline]
pub fn with_table<R>(recorder: u32, mut f: impl FnMut(&mut Entry) -> R) -> Option<R> {
    with_local(recorder, &mut f).or_else(|| with_orphan(recorder, f))
}

/// As [`with_table`], but `None` for threads whose thread-locals are destroyed or in use: [`with_orphan`] serves
/// those.
#[inline(always)]
#[expect(clippy::inline_always, reason = "two callers, and each is the hot path")]
pub fn with_local<R>(recorder: u32, f: impl FnOnce(&mut Entry) -> R) -> Option<R> {
    let here = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        if local.recorder != recorder {
            local.fetch(recorder)?;
        }
        Some(f(local.last.as_mut()?))
    });
    here.ok().flatten()
}

/// Runs `f` on the shared table, or on a new one if another thread uses it: for code that runs while thread-locals are being destroyed.
#[cold]
#[inline(never)]
pub fn with_orphan<R>(recorder: u32, mut f: impl FnMut(&mut Entry) -> R) -> Option<R> {
    let inner = look_up(recorder)?;
    // Taken out, not held: this allocates, and an allocator that records tasks comes here again.
    let table = lock(&inner.orphan)?.take().unwrap_or_default();
    // Without a ring: the thread-locals are destroyed or in use, and this code runs once per event.
    let mut entry = Entry { inner: Arc::clone(&inner), table, writer: Writer::without_ring() };
    let result = f(&mut entry);
    let before = lock(&inner.orphan)?.replace(entry.table);
    drop(before);
    Some(result)
}

impl Local {
    const fn new() -> Self {
        Self { recorder: 0, last: None, others: Vec::new() }
    }

    /// Makes the entry of a recorder the last used one.
    #[cold]
    #[inline(never)]
    fn fetch(&mut self, recorder: u32) -> Option<()> {
        let known = self.others.iter().position(|entry| entry.inner.id == recorder);
        let entry = match known {
            Some(at) => self.others.swap_remove(at),
            None => open(recorder)?,
        };
        self.others.extend(self.last.replace(entry));
        self.recorder = recorder;
        if known.is_none() {
            // Removes those of recorders that have no handle left. This path is rare, so it is done here.
            self.others.retain(|entry| !entry.inner.is_closed());
        }
        Some(())
    }
}

/// An entry for this thread.
fn open(recorder: u32) -> Option<Entry> {
    let inner = look_up(recorder)?;
    let writer = Writer::open(&inner.log);
    Some(Entry { inner, table: Table::default(), writer })
}

impl Drop for Local {
    fn drop(&mut self) {
        thread_exit::mark_exiting();
        for Entry { inner, mut writer, .. } in
            self.last.take().into_iter().chain(self.others.drain(..))
        {
            writer.close(&inner.log);
        }
    }
}

pub(crate) fn register(inner: &Arc<Inner>) {
    if let Some(mut recorders) = registry() {
        recorders.insert(inner.id, Arc::downgrade(inner));
    }
}

pub(crate) fn deregister(id: u32) {
    if let Some(mut recorders) = registry() {
        recorders.remove(&id);
    }
}

fn look_up(id: u32) -> Option<Arc<Inner>> {
    registry()?.get(&id)?.upgrade()
}

fn registry() -> Option<std::sync::MutexGuard<'static, BTreeMap<u32, Weak<Inner>>>> {
    fork::lock(&RECORDERS)
}

#[cfg(all(test, unix, not(loom)))]
pub(super) fn while_locked(during: &mut dyn FnMut()) {
    super::fork_tests::hold(registry(), during);
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Barrier;
    use std::thread;
    use std::time::Duration;

    use crate::{Kind, Outcome, Recorder};

    fn record(recorder: &Recorder) {
        let took = Duration::from_nanos(5);
        recorder.record(Kind::Coroutine, "job", "test", Outcome::FINISHED, took);
    }

    fn rings(recorder: &Recorder) -> usize {
        recorder.inner().log.rings.all().len()
    }

    #[test]
    fn consecutive_threads_share_one_ring() {
        let recorder = Recorder::new();
        for _ in 0..100 {
            thread::scope(|scope| scope.spawn(|| record(&recorder)).join().unwrap());
        }
        assert_eq!(rings(&recorder), 1);
        let series = recorder.snapshot().find("job").unwrap().clone();
        assert_eq!((series.spawned, series.duration().sum_nanos()), (100, 500));
    }

    #[test]
    fn concurrent_threads_have_one_ring_each() {
        let (recorder, barrier) = (Recorder::new(), Barrier::new(4));
        for _ in 0..10 {
            thread::scope(|scope| {
                let four = [(); 4].map(|()| {
                    scope.spawn(|| {
                        record(&recorder);
                        barrier.wait();
                    })
                });
                // Joined explicitly: a scope alone does not wait for the destructors of thread-locals.
                four.into_iter().for_each(|thread| thread.join().unwrap());
            });
        }
        assert_eq!(rings(&recorder), 4);
        assert_eq!(recorder.snapshot().spawned(), 40);
    }

    #[test]
    fn a_thread_without_memory_for_events_records_every_task() {
        for chunks in [0, 1, 2] {
            let recorder = Recorder::builder().log_memory(chunks * 4_096).build();
            let barrier = Barrier::new(4);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        (0..1_000).for_each(|_| record(&recorder));
                        barrier.wait();
                    });
                }
            });
            let snapshot = recorder.snapshot();
            assert_eq!((snapshot.spawned(), snapshot.active()), (4_000, 0));
            assert_eq!(snapshot.find("job").unwrap().duration().sum_nanos(), 20_000);
        }
    }

    #[test]
    fn a_thread_frees_recorders_that_were_dropped() {
        let weak: Vec<_> = (0..20)
            .map(|_| {
                let recorder = Recorder::new();
                record(&recorder);
                std::sync::Arc::downgrade(recorder.inner())
            })
            .collect();
        record(&Recorder::new());
        assert!(weak.iter().all(|inner| inner.upgrade().is_none()));
    }
}
