//! The events of one thread that are still readable, in chunks.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::chunk::Chunk;
use super::starts::Starts;
use crate::sync::{Mutex, MutexGuard, lock, try_lock};

/// What one thread has recorded. The thread appends to the newest chunk. A fold holds the lock, so the thread cannot
/// reuse a chunk meanwhile.
#[derive(Debug)]
pub(crate) struct Ring {
    /// Distributes the rings over the sets of aggregates.
    pub(super) number: usize,
    pub(super) starts: Starts,
    chunks: Mutex<Chunks>,
}

/// The chunks of a ring, and how far they are folded.
#[derive(Debug)]
pub(super) struct Chunks {
    /// The oldest first. The last one is being written. Empty if the budget allows none.
    list: VecDeque<Arc<Chunk>>,
    /// The first chunk that is not folded completely, and the number of folded events in it.
    next: usize,
    folded: usize,
}

impl Ring {
    pub(super) fn new(number: usize) -> Self {
        let chunks = Chunks { list: VecDeque::new(), next: 0, folded: 0 };
        Self { number, starts: Starts::new(), chunks: Mutex::new(chunks) }
    }

    /// Waits while another thread folds a chunk of this ring. `None` if the lock stays held after a fork.
    #[inline]
    pub(super) fn chunks(&self) -> Option<MutexGuard<'_, Chunks>> {
        lock(&self.chunks)
    }

    /// `None` if a thread folds a chunk of this ring.
    pub(super) fn try_chunks(&self) -> Option<MutexGuard<'_, Chunks>> {
        try_lock(&self.chunks)
    }

    /// The chunks, the oldest first, to read without a lock.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn to_read(&self) -> Vec<Arc<Chunk>> {
        self.chunks().map_or_else(Vec::new, |chunks| chunks.list.iter().cloned().collect())
    }
}

impl Chunks {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a chunk, which is written next.
    pub(super) fn grow(&mut self) -> Arc<Chunk> {
        let chunk = Arc::new(Chunk::new());
        self.list.push_back(Arc::clone(&chunk));
        chunk
    }

    /// Empties the oldest chunk, which is written next. Only if the ring has one, and all events are folded.
    pub(super) fn reuse_oldest(&mut self) -> Arc<Chunk> {
        self.list.rotate_left(1);
        (self.next, self.folded) = (self.list.len() - 1, 0);
        let oldest = &self.list[self.next];
        oldest.reset();
        Arc::clone(oldest)
    }

    /// The published events of the first chunk that has some that are not folded. The caller folds them.
    #[inline]
    pub(super) fn take_unfolded(&mut self) -> Option<(&Chunk, Range<usize>)> {
        // Only the last chunk is being written. A thread that ends leaves it partly filled.
        while self.next + 1 < self.list.len() && self.folded == self.list[self.next].published() {
            (self.next, self.folded) = (self.next + 1, 0);
        }
        let chunk = self.list.get(self.next)?;
        let unfolded = self.folded..chunk.published();
        self.folded = unfolded.end;
        (!unfolded.is_empty()).then_some((chunk, unfolded))
    }
}

#[cfg(all(test, unix, not(loom)))]
impl Ring {
    pub(crate) fn while_locked(&self, during: &mut dyn FnMut()) {
        crate::recorder::fork_tests::hold(self.chunks(), during);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::recorder::log::Event;
    use crate::recorder::log::chunk::EVENTS;
    use crate::recorder::outcomes::OutcomeId;
    use crate::recorder::series_id::SeriesId;

    fn append(chunk: &Chunk, numbers: Range<usize>) {
        for number in numbers {
            let event = Event::ended_after(SeriesId::at(1), OutcomeId::FINISHED, number as u64);
            assert!(chunk.append(number, &event));
        }
    }

    fn unfolded(chunks: &mut Chunks) -> Option<Range<usize>> {
        chunks.take_unfolded().map(|(_, events)| events)
    }

    #[test]
    fn each_event_is_folded_once() {
        let ring = Ring::new(0);
        let mut chunks = ring.chunks().unwrap();
        assert_eq!(unfolded(&mut chunks), None);
        let first = chunks.grow();
        assert_eq!(unfolded(&mut chunks), None);
        append(&first, 0..3);
        assert_eq!((unfolded(&mut chunks), unfolded(&mut chunks)), (Some(0..3), None));
        append(&first, 3..EVENTS);
        let second = chunks.grow();
        append(&second, 0..2);
        assert_eq!(unfolded(&mut chunks), Some(3..EVENTS));
        assert_eq!((unfolded(&mut chunks), unfolded(&mut chunks)), (Some(0..2), None));
        append(&second, 2..5);
        assert_eq!((unfolded(&mut chunks), unfolded(&mut chunks)), (Some(2..5), None));
        let third = chunks.reuse_oldest();
        assert!(Arc::ptr_eq(&first, &third));
        assert_eq!((chunks.len(), unfolded(&mut chunks)), (2, None));
        append(&third, 0..1);
        assert_eq!(unfolded(&mut chunks), Some(0..1));
    }

    #[test]
    fn the_oldest_chunk_is_overwritten_first() {
        let ring = Ring::new(0);
        let mut chunks = ring.chunks().unwrap();
        append(&chunks.grow(), 0..EVENTS);
        append(&chunks.grow(), 0..1);
        while unfolded(&mut chunks).is_some() {}
        chunks.reuse_oldest();
        drop(chunks);
        let chunks = ring.to_read();
        let lengths: Vec<_> = chunks.iter().map(|chunk| chunk.read().unwrap().len()).collect();
        assert_eq!(lengths, [1, 0]);
    }
}
