//! All threads that poll tasks.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use runtime_hooks_recorder::internals::{Pages, Process, lock};

use super::record::{Polled, ThreadRecord};
use super::run::ThreadRun;

/// One place for each thread, which another thread gets when it has ended.
static THREADS: Pages<Place> = Pages::new();
/// All indices below this have been given out.
static PLACES: AtomicU32 = AtomicU32::new(0);
static FREE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

#[derive(Debug, Default)]
struct Place {
    record: ThreadRecord,
    /// Of the thread that has the place.
    identity: Mutex<Option<ThreadIdentity>>,
}

/// A thread that polls tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadIdentity {
    /// Identifies the thread in this process.
    pub id: thread::ThreadId,
    /// Its name.
    pub name: Option<String>,
    /// Its number in the system, as `/proc` has it. Only on Linux.
    pub os_id: Option<u32>,
    process: Process,
}

impl ThreadIdentity {
    fn of_this_thread() -> Self {
        let thread = thread::current();
        let name = thread.name().map(str::to_owned);
        Self { id: thread.id(), name, os_id: os_id(), process: Process::current() }
    }
}

/// The system has no safe function for it.
#[cfg(target_os = "linux")]
fn os_id() -> Option<u32> {
    std::fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn os_id() -> Option<u32> {
    None
}

thread_local! {
    /// It has no destructor, so it is never destroyed.
    static PLACE: Cell<Option<&'static Place>> = const { Cell::new(None) };
    static OWNED: Owner = const { Owner(Cell::new(None)) };
}

/// Gives the place back when the thread ends.
struct Owner(Cell<Option<u32>>);

impl Drop for Owner {
    fn drop(&mut self) {
        let Some(index) = self.0.take() else { return };
        PLACE.set(None);
        let place = THREADS.get(index);
        place.record.reset();
        if let Some(mut identity) = lock(&place.identity) {
            *identity = None;
        }
        if let Some(mut free) = lock(&FREE) {
            free.push(index);
        }
    }
}

/// Calls `work` with the record of this thread. `None` if its thread-locals are being destroyed.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a poll calls it: 17 instructions less")]
pub(crate) fn with_this_thread<T>(work: impl FnOnce(&'static ThreadRecord) -> T) -> Option<T> {
    let place = match PLACE.get() {
        Some(place) => place,
        None => take_place()?,
    };
    Some(work(&place.record))
}

#[cold]
#[inline(never)]
fn take_place() -> Option<&'static Place> {
    let index = OWNED.try_with(|owned| {
        let index = free_index()?;
        owned.0.set(Some(index));
        Some(index)
    });
    let place = THREADS.get(index.ok()??);
    let identity = ThreadIdentity::of_this_thread();
    *lock(&place.identity)? = Some(identity);
    PLACE.set(Some(place));
    Some(place)
}

fn free_index() -> Option<u32> {
    let free = lock(&FREE)?.pop();
    free.or_else(|| {
        let next = |places: u32| places.checked_add(1);
        PLACES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    })
}

/// This thread has the place that its parent had before a fork: it takes another one.
pub(crate) fn forget_fork() {
    if let Some(place) = PLACE.get()
        && lock(&place.identity)
            .is_some_and(|of| of.as_ref().is_some_and(|of| !of.process.is_current()))
    {
        PLACE.set(None);
        let _ = OWNED.try_with(|owned| owned.0.set(None));
    }
}

/// A thread that polls a task now.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunningThread {
    /// Identifies the thread among those that live.
    pub place: u32,
    /// The outermost poll.
    pub outer: ThreadRun,
    /// The innermost poll, if it is another one.
    pub inner: Option<ThreadRun>,
}

impl RunningThread {
    /// Which thread it is. `None` if it has ended meanwhile, or if it is one of the parent of a forked process.
    pub fn identity(&self) -> Option<ThreadIdentity> {
        identity(THREADS.get(self.place))
    }
}

fn identity(place: &Place) -> Option<ThreadIdentity> {
    let identity = lock(&place.identity)?.clone();
    identity.filter(|identity| identity.process.is_current())
}

/// All threads that poll a task now and did not change that while they were read.
pub fn threads() -> impl Iterator<Item = RunningThread> {
    (0..PLACES.load(Ordering::Relaxed)).filter_map(|place| {
        let Polled { outer, inner } = THREADS.get(place).record.read()?;
        let (outer, inner) = (ThreadRun::new(outer), inner.map(ThreadRun::new));
        Some(RunningThread { place, outer, inner })
    })
}

/// All threads that have polled a task while a [`Watch`](super::Watch) lived, and have not ended.
pub fn known_threads() -> Vec<ThreadIdentity> {
    (0..PLACES.load(Ordering::Relaxed)).filter_map(|at| identity(THREADS.get(at))).collect()
}
