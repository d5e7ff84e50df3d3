//! The slots of all live tasks: as many as the peak number of live tasks. Each thread reuses the slots that it freed
//! last.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::pages::{PAGE, Pages};
use super::slot::Slot;
use crate::fork;

/// One arena per process, shared by all recorders.
static ARENA: Arena = Arena::new();

struct Arena {
    slots: Pages<Slot>,
    /// Free slots that are in no thread's cache.
    free: Mutex<Vec<u32>>,
    /// All indices below this have been allocated.
    allocated: AtomicU32,
}

/// How many slots a thread takes at once.
const BATCH: u32 = PAGE;
/// The most free slots that a thread caches.
const MAX_CACHED: usize = 2 * BATCH as usize;

impl Arena {
    const fn new() -> Self {
        Self { slots: Pages::new(), free: Mutex::new(Vec::new()), allocated: AtomicU32::new(0) }
    }

    /// Moves up to `most` free indices into `into`.
    #[cold]
    fn take(&self, most: usize, into: &mut Vec<u32>) {
        // A list that stays locked after a fork is not used: see `fork`.
        let mut own = Vec::new();
        let mut locked = fork::lock(&self.free);
        let free = locked.as_deref_mut().unwrap_or(&mut own);
        if free.is_empty() {
            free.extend(self.allocate().rev());
        }
        let rest = free.len().saturating_sub(most);
        into.extend(free.drain(rest..));
    }

    /// Allocates a batch of indices. Relaxed: the first access creates the slot.
    fn allocate(&self) -> Range<u32> {
        let next = |allocated: u32| allocated.checked_add(BATCH);
        let allocated = self.allocated.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let first = allocated.expect("fewer than 2^32 live tasks");
        first..first + BATCH
    }

    #[cold]
    fn release(&self, indices: impl Iterator<Item = u32>) {
        // If the list stays locked after a fork, these slots are not reused.
        if let Some(mut free) = fork::lock(&self.free) {
            free.extend(indices);
        }
    }

    fn allocated(&self) -> u32 {
        self.allocated.load(Ordering::Relaxed)
    }
}

thread_local! {
    static FREE_SLOTS: RefCell<FreeSlots> = const { RefCell::new(FreeSlots(Vec::new())) };
}

/// The free slots cached by one thread, used last in, first out.
struct FreeSlots(Vec<u32>);

impl Drop for FreeSlots {
    fn drop(&mut self) {
        ARENA.release(self.0.drain(..));
    }
}

#[inline]
pub(super) fn slot(index: u32) -> &'static Slot {
    ARENA.slots.get(index)
}

/// Takes a free slot.
#[inline]
pub(super) fn take() -> u32 {
    FREE_SLOTS
        .try_with(|free_slots| {
            let free_slots = &mut free_slots.try_borrow_mut().ok()?.0;
            if free_slots.is_empty() {
                ARENA.take(BATCH as usize, free_slots);
            }
            free_slots.pop()
        })
        .ok()
        .flatten()
        .unwrap_or_else(take_one)
}

/// For threads whose thread-locals are destroyed, or in use by a call that allocates.
#[cold]
fn take_one() -> u32 {
    let mut one = Vec::new();
    ARENA.take(1, &mut one);
    one[0]
}

/// Returns a slot.
#[inline]
pub(super) fn release(index: u32) {
    let is_cached = FREE_SLOTS.try_with(|free_slots| {
        let Ok(mut free_slots) = free_slots.try_borrow_mut() else { return false };
        let free_slots = &mut free_slots.0;
        if free_slots.len() == MAX_CACHED {
            ARENA.release(free_slots.drain(..BATCH as usize));
        }
        free_slots.push(index);
        true
    });
    if !is_cached.unwrap_or(false) {
        ARENA.release(std::iter::once(index));
    }
}

/// All allocated slots with their indices.
pub(super) fn all() -> impl Iterator<Item = (u32, &'static Slot)> {
    let allocated = ARENA.allocated();
    (0..allocated).map(|index| (index, slot(index)))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nothing_is_handed_out_twice_and_what_comes_back_is_used_again() {
        let arena = Arena::new();
        let mut taken = Vec::new();
        arena.take(BATCH as usize, &mut taken);
        assert_eq!(taken, (0..BATCH).rev().collect::<Vec<_>>());
        let mut one = Vec::new();
        arena.take(1, &mut one);
        assert_eq!(one, [BATCH]);
        arena.release(taken.drain(..));
        let allocated = arena.allocated();
        for _ in 0..2 * BATCH - 1 {
            let mut next = Vec::new();
            arena.take(1, &mut next);
            taken.extend(next);
        }
        assert_eq!(taken.iter().chain(&one).collect::<HashSet<_>>().len(), 2 * BATCH as usize);
        assert_eq!(arena.allocated(), allocated);
    }
}
