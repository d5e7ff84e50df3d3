//! Fork without exec: which process this is, and locks that a thread which is gone may hold.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError, TryLockResult};
use std::thread;
use std::time::{Duration, Instant};

/// A process, told from its forks: what it started (threads, sockets, exports) is not for a child to go on with.
///
/// It compares process ids, which costs a system call: for cold paths. A child in a pid namespace of its own that has
/// the same id there as its parent has in its own is taken for the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// The one that asks.
    pub fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether this is still that process, and not a fork of it.
    pub fn is_current(self) -> bool {
        self == Self::current()
    }
}

/// How long a forked child waits for a lock that nobody may be left to unlock. All are held for microseconds.
const PATIENCE: Duration = Duration::from_millis(100);
/// The same, after one was not unlocked for that long.
const LESS_PATIENCE: Duration = Duration::from_millis(1);
/// Between two attempts.
const PAUSE: Duration = Duration::from_micros(100);

/// The process that made the first recorder; 0 before that. Relaxed: a fork copies it.
static FIRST: AtomicU32 = AtomicU32::new(0);
/// Whether a lock was not unlocked in time. Relaxed: it only shortens a wait.
static GAVE_UP: AtomicBool = AtomicBool::new(false);

/// Has forks of this process noticed.
pub(crate) fn remember() {
    let _ = FIRST.compare_exchange(0, std::process::id(), Ordering::Relaxed, Ordering::Relaxed);
}

/// Locks, whatever happened to the last holder: no lock of ours guards a half-made change.
///
/// `None` only in a forked child, after a tenth of a second: a thread of the parent held the lock at the fork, and there
/// is no such thread to unlock the child's copy of it.
#[inline]
pub fn lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    acquire(|| granted(mutex.try_lock()), || mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

/// As [`lock`], in any process, waiting until `deadline` at most.
pub fn lock_until<T>(mutex: &Mutex<T>, deadline: Instant) -> Option<MutexGuard<'_, T>> {
    attempt_until(|| granted(mutex.try_lock()), deadline)
}

/// What `attempt` gets, or `block` where it is sure to end.
#[inline]
pub(crate) fn acquire<G>(
    mut attempt: impl FnMut() -> Option<G>,
    block: impl FnOnce() -> G,
) -> Option<G> {
    match attempt() {
        Some(guard) => Some(guard),
        None => contended(attempt, block),
    }
}

#[cold]
fn contended<G>(attempt: impl FnMut() -> Option<G>, block: impl FnOnce() -> G) -> Option<G> {
    let first = FIRST.load(Ordering::Relaxed);
    if first == 0 || Process(first).is_current() {
        return Some(block());
    }
    let patience = if GAVE_UP.load(Ordering::Relaxed) { LESS_PATIENCE } else { PATIENCE };
    let guard = attempt_until(attempt, Instant::now() + patience);
    if guard.is_none() {
        GAVE_UP.store(true, Ordering::Relaxed);
    }
    guard
}

fn attempt_until<G>(mut attempt: impl FnMut() -> Option<G>, deadline: Instant) -> Option<G> {
    loop {
        if let Some(guard) = attempt() {
            return Some(guard);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(PAUSE);
    }
}

pub(crate) fn granted<G>(attempt: TryLockResult<G>) -> Option<G> {
    match attempt {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_a_panic_poisoned_is_locked_all_the_same() {
        let mutex = Mutex::new(3);
        let panics = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _guard = mutex.lock().unwrap();
                    panic!("under the lock");
                })
                .join()
        });
        assert!(panics.is_err() && mutex.is_poisoned());
        assert_eq!(lock(&mutex).map(|guard| *guard), Some(3));
        assert_eq!(lock_until(&mutex, Instant::now()).map(|guard| *guard), Some(3));
    }

    #[test]
    fn a_lock_that_is_held_is_waited_for_until_the_deadline() {
        let mutex = Mutex::new(());
        let _held = lock(&mutex).unwrap();
        let start = Instant::now();
        assert!(lock_until(&mutex, start + Duration::from_millis(20)).is_none());
        assert!(start.elapsed() >= Duration::from_millis(20));
    }
}
