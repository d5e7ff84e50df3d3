//! The events of one thread that are still readable, in chunks.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::chunk::{Chunk, EVENTS};
use super::starts::Starts;
use super::thread::LogThread;
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
    list: VecDeque<Written>,
    /// The first chunk that is not folded completely, and the number of folded events in it.
    next: usize,
    folded: usize,
    /// The number of events that were in chunks that are used anew.
    overwritten: u64,
}

/// A chunk, and who writes it in this use of it: each thread from this event on. A thread that ends leaves the rest to the
/// next one.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) threads: Arc<[(usize, Arc<LogThread>)]>,
}

/// A ring as a reader finds it: the chunks, the oldest first, each with its generation and number of events.
#[derive(Debug, Default)]
pub(crate) struct RingCopy {
    pub(crate) chunks: Vec<(Written, u64, usize)>,
    pub(crate) overwritten: u64,
}

impl Ring {
    pub(super) fn new(number: usize) -> Self {
        let chunks = Chunks { list: VecDeque::new(), next: 0, folded: 0, overwritten: 0 };
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

    /// The chunks, to read without a lock.
    pub(crate) fn to_read(&self) -> RingCopy {
        let mut copy = RingCopy::default();
        while let Some(chunks) = self.chunks() {
            let length = chunks.len();
            if length <= copy.chunks.capacity() {
                let with_state = |written: &Written| {
                    let chunk = &written.chunk;
                    (written.clone(), chunk.generation(), chunk.published())
                };
                copy.chunks.extend(chunks.list.iter().map(with_state));
                copy.overwritten = chunks.overwritten;
                break;
            }
            // Allocates without the lock: an allocator that records tasks may take it.
            drop(chunks);
            copy.chunks.reserve(length);
        }
        copy
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
    pub(super) fn grow(&mut self, thread: &Arc<LogThread>) -> Arc<Chunk> {
        let chunk = Arc::new(Chunk::new());
        let threads = Arc::new([(0, Arc::clone(thread))]);
        self.list.push_back(Written { chunk: Arc::clone(&chunk), threads });
        chunk
    }

    /// The chunk that the thread before has left, and its number of events; `None` if it is full.
    pub(super) fn continue_last(&mut self, thread: &Arc<LogThread>) -> Option<(Arc<Chunk>, usize)> {
        let last = self.list.back_mut()?;
        let length = last.chunk.published();
        if length == EVENTS {
            return None;
        }
        let threads = last.threads.iter().cloned();
        last.threads = threads.chain([(length, Arc::clone(thread))]).collect();
        Some((Arc::clone(&last.chunk), length))
    }

    /// Empties the oldest chunk, which is written next. Only if the ring has one, and all events are folded.
    pub(super) fn reuse_oldest(&mut self, thread: &Arc<LogThread>) -> Arc<Chunk> {
        self.list.rotate_left(1);
        (self.next, self.folded) = (self.list.len() - 1, 0);
        let oldest = &mut self.list[self.next];
        self.overwritten += oldest.chunk.published() as u64;
        oldest.chunk.reset();
        // Usually it is the same thread again, and nothing is allocated.
        if !matches!(&*oldest.threads, [(_, one)] if Arc::ptr_eq(one, thread)) {
            oldest.threads = Arc::new([(0, Arc::clone(thread))]);
        }
        Arc::clone(&oldest.chunk)
    }

    /// Removes the oldest chunk. Only if the ring has two, and all events are folded.
    pub(super) fn remove_oldest(&mut self) -> Option<Written> {
        let oldest = self.list.pop_front()?;
        self.next = self.next.saturating_sub(1);
        self.overwritten += oldest.chunk.published() as u64;
        Some(oldest)
    }

    /// The published events of the first chunk that has some that are not folded. The caller folds them.
    #[inline]
    pub(super) fn take_unfolded(&mut self) -> Option<(&Chunk, Range<usize>)> {
        // Only the last chunk is being written. A thread that ends leaves it partly filled.
        while self.next + 1 < self.list.len()
            && self.folded == self.list[self.next].chunk.published()
        {
            (self.next, self.folded) = (self.next + 1, 0);
        }
        let chunk = &self.list.get(self.next)?.chunk;
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
    use crate::recorder::outcomes::OutcomeId;
    use crate::recorder::series_id::SeriesId;

    fn append(chunk: &Chunk, numbers: Range<usize>) {
        for number in numbers {
            let event = Event::ended_after(SeriesId::at(1), OutcomeId::FINISHED, number as u64, 0);
            assert!(chunk.append(number, &event));
        }
    }

    fn thread() -> Arc<LogThread> {
        Arc::new(LogThread::current())
    }

    fn unfolded(chunks: &mut Chunks) -> Option<Range<usize>> {
        chunks.take_unfolded().map(|(_, events)| events)
    }

    #[test]
    fn each_event_is_folded_once() {
        let ring = Ring::new(0);
        let mut chunks = ring.chunks().unwrap();
        assert_eq!(unfolded(&mut chunks), None);
        let first = chunks.grow(&thread());
        assert_eq!(unfolded(&mut chunks), None);
        append(&first, 0..3);
        assert_eq!((unfolded(&mut chunks), unfolded(&mut chunks)), (Some(0..3), None));
        append(&first, 3..EVENTS);
        let second = chunks.grow(&thread());
        append(&second, 0..2);
        assert_eq!(unfolded(&mut chunks), Some(3..EVENTS));
        assert_eq!((unfolded(&mut chunks), unfolded(&mut chunks)), (Some(0..2), None));
        append(&second, 2..5);
        assert_eq!((unfolded(&mut chunks), unfolded(&mut chunks)), (Some(2..5), None));
        let third = chunks.reuse_oldest(&thread());
        assert!(Arc::ptr_eq(&first, &third));
        assert_eq!((chunks.len(), unfolded(&mut chunks)), (2, None));
        append(&third, 0..1);
        assert_eq!(unfolded(&mut chunks), Some(0..1));
    }

    #[test]
    fn the_oldest_chunk_is_overwritten_first() {
        let ring = Ring::new(0);
        let mut chunks = ring.chunks().unwrap();
        append(&chunks.grow(&thread()), 0..EVENTS);
        append(&chunks.grow(&thread()), 0..1);
        while unfolded(&mut chunks).is_some() {}
        chunks.reuse_oldest(&thread());
        drop(chunks);
        let copy = ring.to_read();
        let events = |(written, generation, published): &(Written, u64, usize)| {
            written.chunk.read(*generation, *published).unwrap().len()
        };
        assert_eq!(copy.chunks.iter().map(events).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(copy.overwritten, EVENTS as u64);
        assert!(ring.chunks().unwrap().remove_oldest().is_some());
        assert_eq!((ring.to_read().chunks.len(), ring.to_read().overwritten), (1, 129));
    }
}
