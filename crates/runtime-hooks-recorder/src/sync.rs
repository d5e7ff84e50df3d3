//! The only file that knows loom: atomics and locks, real or modelled.

#[cfg(loom)]
pub use loom::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};
#[cfg(not(loom))]
pub use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

#[cfg(loom)]
pub use loom::thread::yield_now;
#[cfg(not(loom))]
pub use std::thread::yield_now;

/// What a static is made of: loom's own are not made by a `const fn`.
#[cfg(loom)]
pub mod const_init {
    use std::sync::PoisonError;

    pub use loom::sync::{RwLockReadGuard, RwLockWriteGuard};
    /// As loom's.
    pub type AtomicU64 = super::LazyInit<u64, loom::sync::atomic::AtomicU64>;
    /// As loom's.
    pub type RwLock<T> = super::LazyInit<T, loom::sync::RwLock<T>>;

    /// Locks. A model does not fork.
    pub fn read<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
        Some(lock.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Locks. A model does not fork.
    pub fn write<T>(lock: &RwLock<T>) -> Option<RwLockWriteGuard<'_, T>> {
        Some(lock.write().unwrap_or_else(PoisonError::into_inner))
    }
}
/// What a static is made of.
#[cfg(not(loom))]
pub mod const_init {
    pub use std::sync::atomic::AtomicU64;
    pub use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

    use std::sync::PoisonError;

    use crate::fork::{acquire, granted};

    /// As [`crate::fork::lock`].
    pub fn read<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
        let block = || lock.read().unwrap_or_else(PoisonError::into_inner);
        acquire(|| granted(lock.try_read()), block)
    }

    /// As [`crate::fork::lock`].
    pub fn write<T>(lock: &RwLock<T>) -> Option<RwLockWriteGuard<'_, T>> {
        let block = || lock.write().unwrap_or_else(PoisonError::into_inner);
        acquire(|| granted(lock.try_write()), block)
    }
}

/// Is made of a `T` when it is first used.
#[cfg(loom)]
#[derive(Debug)]
pub struct LazyInit<T, L> {
    from: std::sync::Mutex<Option<T>>,
    made: std::sync::OnceLock<L>,
}

#[cfg(loom)]
impl<T, L> LazyInit<T, L> {
    /// Keeps `from` until the first use.
    pub const fn new(from: T) -> Self {
        Self { from: std::sync::Mutex::new(Some(from)), made: std::sync::OnceLock::new() }
    }
}

#[cfg(loom)]
impl<T, L: From<T>> std::ops::Deref for LazyInit<T, L> {
    type Target = L;

    fn deref(&self) -> &L {
        let take = || self.from.lock().ok()?.take();
        self.made.get_or_init(|| L::from(take().expect("made once")))
    }
}

#[cfg(not(loom))]
pub use crate::fork::lock;

/// As [`crate::fork::lock`]; a model does not fork.
#[cfg(loom)]
pub fn lock<T>(mutex: &Mutex<T>) -> Option<loom::sync::MutexGuard<'_, T>> {
    Some(mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// A number that one thread at a time writes and any thread reads.
///
/// Since there is one writer, adding is a load and a store, not a read-modify-write: a fifth of the
/// price, and no other thread's cache line is touched.
#[derive(Debug, Default)]
pub struct Owned(AtomicU64);

impl Owned {
    /// A number that starts as `value`.
    pub fn new(value: u64) -> Self {
        Self(AtomicU64::new(value))
    }

    /// The writer's own view.
    #[cfg(not(loom))]
    #[inline]
    pub fn get(&self) -> u64 {
        // Relaxed: the thread that asks is the one that wrote, or got the table through a mutex.
        self.0.load(Ordering::Relaxed)
    }

    /// loom remembers one last access of an atomic: a plain load here would hide a reader's load
    /// from the store that follows, and the interleaving between them would never be tried.
    #[cfg(loom)]
    pub fn get(&self) -> u64 {
        self.0.fetch_add(0, Ordering::Relaxed)
    }

    /// Release: whoever sees this value sees everything the writer stored before it.
    #[inline]
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }

    /// Adds, wrapping. Only the writer may.
    #[inline]
    pub fn add(&self, value: u64) {
        self.set(self.get().wrapping_add(value));
    }

    /// Another thread's view. Acquire: pairs with `set`.
    #[inline]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
