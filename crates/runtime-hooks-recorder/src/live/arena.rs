//! The slots of all live processes: as many as ever were alive at once, on the list of whoever used them last.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::race::OnceBox;

use super::slot::Slot;
use crate::fork;

/// One for the process: a thread keeps free slots for whatever recorder comes next.
static ARENA: Arena = Arena::new();

/// Chunks that double, so that a slot stays where it is and is found in two steps.
struct Arena {
    chunks: [OnceBox<Box<[Slot]>>; CHUNKS],
    /// Slots that no thread keeps.
    free: Mutex<Vec<u32>>,
    /// All below this have been made.
    made: AtomicU32,
}

/// The slots of the first chunk, and what a thread takes at once.
const BATCH: u32 = 128;
/// What a thread keeps at most.
const MOST_KEPT: usize = 2 * BATCH as usize;
/// With the last chunk the indices end.
const CHUNKS: usize = (u32::BITS - BATCH.ilog2()) as usize;

impl Arena {
    const fn new() -> Self {
        Self {
            chunks: [const { OnceBox::new() }; CHUNKS],
            free: Mutex::new(Vec::new()),
            made: AtomicU32::new(0),
        }
    }

    #[inline]
    fn slot(&self, index: u32) -> &Slot {
        let chunk = (index / BATCH + 1).ilog2();
        &self.chunk(chunk)[(index - first_of(chunk)) as usize]
    }

    #[inline]
    fn chunk(&self, chunk: u32) -> &[Slot] {
        let make = || Box::new((0..BATCH << chunk).map(|_| Slot::default()).collect());
        self.chunks[chunk as usize].get_or_init(make)
    }

    /// Hands out up to a batch.
    #[cold]
    fn take(&self, most: usize, into: &mut Vec<u32>) {
        // Nothing may be lent out of a list that stays locked: see `fork`.
        let mut own = Vec::new();
        let mut lent = fork::lock(&self.free);
        let free = lent.as_deref_mut().unwrap_or(&mut own);
        if free.is_empty() {
            free.extend(self.make().rev());
        }
        let rest = free.len().saturating_sub(most);
        into.extend(free.drain(rest..));
    }

    /// A batch of new ones. Relaxed: a slot is made by whoever looks at it first.
    fn make(&self) -> Range<u32> {
        let next = |made: u32| made.checked_add(BATCH);
        let made = self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let first = made.expect("fewer than 2^32 live tasks");
        first..first + BATCH
    }

    #[cold]
    fn give_back(&self, indices: impl Iterator<Item = u32>) {
        // Else they are not used again.
        if let Some(mut free) = fork::lock(&self.free) {
            free.extend(indices);
        }
    }

    fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }
}

/// The first index of a chunk.
const fn first_of(chunk: u32) -> u32 {
    BATCH * ((1 << chunk) - 1)
}

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept(Vec::new())) };
}

/// The free slots of one thread: the last one used is the first to be used again.
struct Kept(Vec<u32>);

impl Drop for Kept {
    fn drop(&mut self) {
        ARENA.give_back(self.0.drain(..));
    }
}

#[inline]
pub(super) fn slot(index: u32) -> &'static Slot {
    ARENA.slot(index)
}

/// A slot that is free.
#[inline]
pub(super) fn take() -> u32 {
    KEPT.try_with(|kept| {
        let kept = &mut kept.borrow_mut().0;
        if kept.is_empty() {
            ARENA.take(BATCH as usize, kept);
        }
        kept.pop()
    })
    .ok()
    .flatten()
    .unwrap_or_else(take_one)
}

/// For threads that are past their thread-locals.
#[cold]
fn take_one() -> u32 {
    let mut one = Vec::new();
    ARENA.take(1, &mut one);
    one[0]
}

/// The slot is free again.
#[inline]
pub(super) fn give_back(index: u32) {
    let kept = KEPT.try_with(|kept| {
        let kept = &mut kept.borrow_mut().0;
        if kept.len() == MOST_KEPT {
            ARENA.give_back(kept.drain(..BATCH as usize));
        }
        kept.push(index);
    });
    if kept.is_err() {
        ARENA.give_back(std::iter::once(index));
    }
}

/// Every slot there is, with its index.
pub(super) fn all() -> impl Iterator<Item = (u32, &'static Slot)> {
    let made = ARENA.made();
    (0..made).map(|index| (index, slot(index)))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::ptr;

    #[test]
    fn every_index_has_a_slot_of_its_own() {
        let arena = Arena::new();
        let some = [0, 1, 127, 128, 129, 383, 384, 895, 896, 5_000];
        let slots: HashSet<_> =
            some.iter().map(|index| ptr::from_ref(arena.slot(*index))).collect();
        assert_eq!(slots.len(), some.len());
        assert_eq!((first_of(0), first_of(1), first_of(2)), (0, 128, 384));
        assert_eq!(arena.chunk(3).len(), 1_024);
    }

    #[test]
    fn nothing_is_handed_out_twice_and_what_comes_back_is_used_again() {
        let arena = Arena::new();
        let mut taken = Vec::new();
        arena.take(BATCH as usize, &mut taken);
        assert_eq!(taken, (0..BATCH).rev().collect::<Vec<_>>());
        let mut one = Vec::new();
        arena.take(1, &mut one);
        assert_eq!(one, [BATCH]);
        arena.give_back(taken.drain(..));
        let made = arena.made();
        for _ in 0..2 * BATCH - 1 {
            let mut next = Vec::new();
            arena.take(1, &mut next);
            taken.extend(next);
        }
        assert_eq!(taken.iter().chain(&one).collect::<HashSet<_>>().len(), 2 * BATCH as usize);
        assert_eq!(arena.made(), made);
    }
}
