//! The only file that uses loom: atomics and locks, std's or loom's.

#[cfg(loom)]
pub use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering, fence},
};
#[cfg(not(loom))]
pub use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering, fence},
};

#[cfg(not(loom))]
pub use once_cell::race::OnceBox;

#[cfg(loom)]
pub use loom::thread::yield_now;
#[cfg(not(loom))]
pub use std::thread::yield_now;

/// Types for statics: loom's own have no `const fn` constructor.
#[cfg(loom)]
pub mod const_init {
    use std::sync::PoisonError;

    pub use loom::sync::{RwLockReadGuard, RwLockWriteGuard};
    /// Stands for loom's.
    pub type AtomicU64 = super::LazyInit<u64, loom::sync::atomic::AtomicU64>;
    /// Stands for loom's.
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
/// Types for statics.
#[cfg(not(loom))]
pub mod const_init {
    pub use std::sync::atomic::AtomicU64;
    pub use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

    use std::sync::PoisonError;

    use crate::fork::{acquire, guard_of};

    /// As [`crate::fork::lock`].
    pub fn read<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
        let block = || lock.read().unwrap_or_else(PoisonError::into_inner);
        acquire(|| guard_of(lock.try_read()), block)
    }

    /// As [`crate::fork::lock`].
    pub fn write<T>(lock: &RwLock<T>) -> Option<RwLockWriteGuard<'_, T>> {
        let block = || lock.write().unwrap_or_else(PoisonError::into_inner);
        acquire(|| guard_of(lock.try_write()), block)
    }
}

/// Converted from a `T` on first use.
#[cfg(loom)]
#[derive(Debug)]
pub struct LazyInit<T, L> {
    from: std::sync::Mutex<Option<T>>,
    made: std::sync::OnceLock<L>,
}

#[cfg(loom)]
impl<T, L> LazyInit<T, L> {
    /// Stores `from` until the first use.
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

/// Locks if nobody holds the lock.
pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    crate::fork::guard_of(mutex.try_lock())
}

/// A copy of a list behind a lock; empty if the lock stays held after a fork. It allocates without the lock: an allocator
/// that records tasks may take the same lock.
pub fn copy_of<T, E: Clone>(mutex: &Mutex<T>, list: impl Fn(&T) -> &Vec<E>) -> Vec<E> {
    let mut copy = Vec::new();
    while let Some(guard) = lock(mutex) {
        let list = list(&guard);
        if list.len() <= copy.capacity() {
            copy.extend(list.iter().cloned());
            break;
        }
        let length = list.len();
        drop(guard);
        copy.reserve(length);
    }
    copy
}

/// Repeats `attempt` until it succeeds. `None` only in a forked child, after 100 ms: see [`crate::fork::lock`].
#[cfg(not(loom))]
#[inline]
pub fn wait_for<G>(attempt: impl Fn() -> Option<G>) -> Option<G> {
    crate::fork::acquire(&attempt, || repeat(&attempt))
}

/// Repeats `attempt` until it succeeds.
#[cfg(loom)]
pub fn wait_for<G>(attempt: impl Fn() -> Option<G>) -> Option<G> {
    attempt().or_else(|| Some(repeat(attempt)))
}

/// Yields at first, and then sleeps: yielding alone would not let a thread of lower priority continue.
fn repeat<G>(attempt: impl Fn() -> Option<G>) -> G {
    let mut attempts = 0_u32;
    loop {
        if let Some(guard) = attempt() {
            return guard;
        }
        attempts = attempts.saturating_add(1);
        if cfg!(loom) || attempts < 100 {
            yield_now();
        } else {
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
    }
}

/// As [`crate::fork::lock`]; a model does not fork.
#[cfg(loom)]
pub fn lock<T>(mutex: &Mutex<T>) -> Option<loom::sync::MutexGuard<'_, T>> {
    Some(mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// As once_cell's, with an atomic that the model knows.
#[cfg(loom)]
#[derive(Debug)]
pub struct OnceBox<T> {
    is_set: AtomicU64,
    value: std::sync::OnceLock<Box<T>>,
}

#[cfg(loom)]
impl<T> OnceBox<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self { is_set: AtomicU64::new(0), value: std::sync::OnceLock::new() }
    }

    /// The value, if it is set.
    pub fn get(&self) -> Option<&T> {
        (self.is_set.load(Ordering::Acquire) != 0).then(|| &**self.value.get().expect("set"))
    }

    /// The value, set by `init` if there is none.
    pub fn get_or_init(&self, init: impl FnOnce() -> Box<T>) -> &T {
        let value = self.value.get_or_init(init);
        self.is_set.store(1, Ordering::Release);
        value
    }
}

/// A number with one writer at a time and any number of readers.
///
/// Since there is one writer, adding is a load and a store instead of a read-modify-write: a fifth of the cost, and
/// no other thread's cache line is touched.
#[derive(Debug, Default)]
pub struct Owned(AtomicU64);

impl Owned {
    /// A number that starts as `value`.
    pub fn new(value: u64) -> Self {
        Self(AtomicU64::new(value))
    }

    /// The writer's view.
    #[cfg(not(loom))]
    #[inline]
    pub fn get(&self) -> u64 {
        // Relaxed: the calling thread is the one that wrote, or it got the ring or the slot through a mutex.
        self.0.load(Ordering::Relaxed)
    }

    /// loom stores only the last access of an atomic: a plain load here would hide a reader's load from the following
    /// store, and the interleaving between them would never be explored.
    #[cfg(loom)]
    pub fn get(&self) -> u64 {
        self.0.fetch_add(0, Ordering::Relaxed)
    }

    /// Release: a reader that sees this value sees everything that the writer stored before it.
    #[inline]
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }

    /// Adds, wrapping. Only for the writer.
    #[inline]
    pub fn add(&self, value: u64) {
        self.set(self.get().wrapping_add(value));
    }

    /// A reader's view. Acquire: pairs with `set`.
    #[inline]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
