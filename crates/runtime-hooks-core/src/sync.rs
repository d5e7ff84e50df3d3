//! The only file that knows loom: atomics and locks, real or modelled.

use std::sync::PoisonError;

#[cfg(loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};
#[cfg(not(loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

#[cfg(loom)]
pub(crate) use loom::thread::yield_now;
#[cfg(not(loom))]
pub(crate) use std::thread::yield_now;

/// Locks, whatever happened to the last holder: no lock of ours guards a half-made change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that one thread at a time writes and any thread reads.
///
/// Since there is one writer, adding is a load and a store, not a read-modify-write: a fifth of the
/// price, and no other thread's cache line is touched.
#[derive(Debug, Default)]
pub(crate) struct Owned(AtomicU64);

impl Owned {
    pub(crate) fn new(value: u64) -> Self {
        Self(AtomicU64::new(value))
    }

    /// The writer's own view.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        // Relaxed: the thread that asks is the one that wrote, or got the table through a mutex.
        self.0.load(Ordering::Relaxed)
    }

    /// loom remembers one last access of an atomic: a plain load here would hide a reader's load
    /// from the store that follows, and the interleaving between them would never be tried.
    #[cfg(loom)]
    pub(crate) fn get(&self) -> u64 {
        self.0.fetch_add(0, Ordering::Relaxed)
    }

    /// Release: whoever sees this value sees everything the writer stored before it.
    #[inline]
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }

    #[inline]
    pub(crate) fn add(&self, value: u64) {
        self.set(self.get().wrapping_add(value));
    }

    /// Another thread's view. Acquire: pairs with `set`.
    #[inline]
    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
