//! A block of events: one thread appends, any thread reads.

use std::ops::Range;

use super::event::Event;
use crate::sync::{AtomicU64, Ordering, fence};

/// The number of events in a chunk: 4 KiB.
#[cfg(not(loom))]
pub(crate) const EVENTS: usize = 128;
/// A model has few steps.
#[cfg(loom)]
pub(crate) const EVENTS: usize = 2;

/// The size of a chunk in the budget.
pub(super) const BYTES: u64 = (EVENTS * size_of::<Event>()) as u64;

/// Events `0..published` are complete. A generation identifies one of the uses of the chunk. It changes before an
/// event is overwritten.
// Aligned so that an event lies in one cache line.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Chunk {
    generation: AtomicU64,
    published: AtomicU64,
    events: [Words; EVENTS],
}

/// The words of an event.
#[derive(Debug)]
#[cfg_attr(loom, derive(Default))]
#[repr(align(32))]
struct Words([AtomicU64; 4]);

impl Chunk {
    pub(crate) fn new() -> Self {
        Self { generation: AtomicU64::new(0), published: AtomicU64::new(0), events: zeros() }
    }

    /// Stores the event with this number and publishes it. Only for the owner; false if the chunk is full.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub(crate) fn append(&self, number: usize, event: &Event) -> bool {
        let Some(Words(words)) = self.events.get(number) else { return false };
        // Relaxed: `published` publishes all words.
        let stored = words.iter().zip(event.into_words());
        stored.for_each(|(word, value)| word.store(value, Ordering::Relaxed));
        self.published.store(number as u64 + 1, Ordering::Release);
        true
    }

    /// The number of complete events.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most `EVENTS`")]
    pub(crate) fn published(&self) -> usize {
        self.published.load(Ordering::Acquire) as usize
    }

    /// Complete events, for readers that keep the owner from using the chunk anew.
    #[inline]
    pub(crate) fn events(&self, numbers: Range<usize>) -> impl Iterator<Item = Event> {
        let words = |Words(words): &Words| words.each_ref().map(|w| w.load(Ordering::Relaxed));
        self.events[numbers].iter().map(move |event| Event::from_words(words(event)))
    }

    /// Empties the chunk for its next use. Only for the owner.
    pub(crate) fn reset(&self) {
        self.published.store(0, Ordering::Relaxed);
        let generation = self.generation.load(Ordering::Relaxed);
        // Release: a reader that sees the generation sees no old number of events.
        self.generation.store(generation.wrapping_add(1), Ordering::Release);
        // A reader that sees a word that is stored from here on sees the new generation after its own fence.
        fence(Ordering::Release);
    }

    /// Identifies this use of the chunk.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// All complete events, for readers that hold no lock; `None` if the chunk was used anew since it had this generation
    /// and this number of events.
    pub(crate) fn read(&self, generation: u64, published: usize) -> Option<Vec<Event>> {
        let now = self.published();
        let events = self.events(0..now).collect();
        fence(Ordering::Acquire);
        let is_same = self.generation.load(Ordering::Relaxed) == generation;
        // The number is reset before the generation changes.
        (is_same && now >= published).then_some(events)
    }
}

/// One call that clears memory, instead of a loop over all words.
#[cfg(not(loom))]
const fn zeros() -> [Words; EVENTS] {
    [const { Words([const { AtomicU64::new(0) }; 4]) }; EVENTS]
}

/// loom's atomics are not constant.
#[cfg(loom)]
fn zeros() -> [Words; EVENTS] {
    std::array::from_fn(|_| Words::default())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::recorder::outcomes::OutcomeId;
    use crate::recorder::series_id::SeriesId;

    #[test]
    fn a_chunk_is_read_as_written_until_it_is_used_anew() {
        let event = |at| Event::ended_after(SeriesId::at(3), OutcomeId::PANIC, at, 0);
        let chunk = Chunk::new();
        for number in 0..EVENTS {
            assert!(chunk.append(number, &event(number as u64)));
        }
        assert!(!chunk.append(EVENTS, &event(0)));
        let all: Vec<_> = (0..EVENTS as u64).map(event).collect();
        let first = chunk.generation();
        assert_eq!(chunk.read(first, EVENTS), Some(all));
        chunk.reset();
        assert_eq!(chunk.read(first, EVENTS), None);
        let second = chunk.generation();
        assert_eq!(chunk.read(second, 0), Some(Vec::new()));
        assert!(chunk.append(0, &event(9)));
        assert_eq!((chunk.read(second, 0), chunk.published()), (Some(vec![event(9)]), 1));
    }

    #[test]
    fn an_event_lies_in_one_cache_line() {
        assert_eq!((size_of::<Words>(), align_of::<Words>()), (32, 32));
    }
}
