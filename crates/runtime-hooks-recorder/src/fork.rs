//! Fork without exec: identifies the current process, and locks without hanging on a thread that the child does not
//! have.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError, TryLockResult};
use std::thread;
use std::time::{Duration, Instant};

/// Identifies an operating-system process and distinguishes it from its forks. A child must not use its parent's
/// threads, sockets or exports.
///
/// It compares process ids, which costs a system call: use it on cold paths only. A child in a new pid namespace
/// whose id equals its parent's is mistaken for the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// The current process.
    pub fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether this is still that process, and not a fork of it.
    pub fn is_current(self) -> bool {
        self == Self::current()
    }
}

/// How long a forked child waits for a lock that may never be unlocked. All locks are held for microseconds.
const LOCK_TIMEOUT: Duration = Duration::from_millis(100);
/// The wait after a first lock has timed out.
const SHORT_LOCK_TIMEOUT: Duration = Duration::from_millis(1);
/// Sleep between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_micros(100);

/// The id of the process that created the first recorder; 0 before that. Relaxed: a fork copies it.
static FIRST: AtomicU32 = AtomicU32::new(0);
/// Whether a lock has timed out. Relaxed: it only shortens a wait.
static HAS_TIMED_OUT: AtomicBool = AtomicBool::new(false);

/// Stores the id of this process, so that its forks are detected.
pub(crate) fn remember_process() {
    let _ = FIRST.compare_exchange(0, std::process::id(), Ordering::Relaxed, Ordering::Relaxed);
}

/// Locks, also if the mutex is poisoned: none of our locks guards a partial change.
///
/// Returns `None` only in a forked child, after 100 ms: a thread of the parent held the lock at the fork, and the
/// child has no such thread to unlock its copy.
#[inline]
pub fn lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    acquire(|| guard_of(mutex.try_lock()), || mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

/// As [`lock`], in any process, but waits until `deadline` at most.
pub fn lock_until<T>(mutex: &Mutex<T>, deadline: Instant) -> Option<MutexGuard<'_, T>> {
    attempt_until(|| guard_of(mutex.try_lock()), deadline)
}

/// The result of `attempt`, or of `block` where blocking is sure to end.
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
    let timeout =
        if HAS_TIMED_OUT.load(Ordering::Relaxed) { SHORT_LOCK_TIMEOUT } else { LOCK_TIMEOUT };
    let guard = attempt_until(attempt, Instant::now() + timeout);
    if guard.is_none() {
        HAS_TIMED_OUT.store(true, Ordering::Relaxed);
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
        thread::sleep(RETRY_INTERVAL);
    }
}

pub(crate) fn guard_of<G>(attempt: TryLockResult<G>) -> Option<G> {
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
