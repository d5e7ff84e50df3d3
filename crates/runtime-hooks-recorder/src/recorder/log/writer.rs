//! A thread's end of its ring.

use std::sync::Arc;

use super::Log;
use super::chunk::{Chunk, EVENTS};
use super::event::Event;
use super::ring::Ring;
use super::thread::LogThread;
use crate::recorder::series_id::SeriesId;
use crate::sync::Owned;

/// Records what one thread does. A thread without a ring, whose thread-locals are destroyed, does not append its events:
/// they are folded at once.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The chunk that is being written; `None` if the budget allows none.
    chunk: Option<Arc<Chunk>>,
    /// The number of events in the chunk; without one, of those since it last asked for one.
    length: usize,
    starts: Arc<[Owned]>,
    ring: Option<Arc<Ring>>,
    /// This thread; `None` without a ring.
    thread: Option<Arc<LogThread>>,
}

impl Writer {
    pub(crate) fn open(log: &Log) -> Self {
        let ring = log.rings.take();
        let starts = ring.as_ref().and_then(|ring| ring.starts.latest()).cloned();
        let starts = starts.unwrap_or_default();
        let thread = ring.is_some().then(|| Arc::new(LogThread::current()));
        let mut writer = Self { chunk: None, length: 0, starts, ring, thread };
        writer.continue_last_chunk();
        if writer.chunk.is_none() {
            writer.start_next_chunk(log);
        }
        writer
    }

    /// A thread that ended may have left a part of its chunk.
    fn continue_last_chunk(&mut self) {
        if let (Some(ring), Some(thread)) = (&self.ring, &self.thread)
            && let Some(mut chunks) = ring.try_chunks()
            && let Some((chunk, length)) = chunks.continue_last(thread)
        {
            (self.chunk, self.length) = (Some(chunk), length);
        }
    }

    pub(crate) fn without_ring() -> Self {
        Self { chunk: None, length: 0, starts: Arc::default(), ring: None, thread: None }
    }

    /// Counts a task as submitted. Returns how many this thread, and those that had its ring before, had submitted; 0 if
    /// that is not known.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub(crate) fn start(&mut self, log: &Log, series: SeriesId) -> u64 {
        match self.starts.get(series.index()) {
            Some(started) => add_one(started),
            None => self.start_first(log, series),
        }
    }

    #[cold]
    #[inline(never)]
    fn start_first(&mut self, log: &Log, series: SeriesId) -> u64 {
        match &self.ring {
            Some(ring) if series != SeriesId::LOST => {
                self.starts = Arc::clone(ring.starts.grow(series));
                add_one(&self.starts[series.index()])
            }
            _ => {
                log.count_start_directly(series);
                0
            }
        }
    }

    /// Appends an event. It neither locks nor allocates unless the chunk is full.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the body of the hot path")]
    pub(crate) fn append(&mut self, log: &Log, event: Event) {
        match &self.chunk {
            Some(chunk) if chunk.append(self.length, &event) => self.length += 1,
            _ => self.append_to_next(log, event.into_words()),
        }
    }

    /// Appends a wake if the thread has a chunk. Nothing is added up, so nothing else is lost without one.
    #[inline]
    pub(crate) fn append_wake(&mut self, log: &Log, event: Event) {
        if self.ring.is_some() && log.keeps_flight() {
            self.append(log, event);
        }
    }

    // Takes an array of words, which are stored to memory only where this is called.
    #[cold]
    #[inline(never)]
    fn append_to_next(&mut self, log: &Log, words: [u64; 4]) {
        let event = Event::from_words(words);
        if self.chunk.is_some() || self.length.is_multiple_of(EVENTS) {
            self.start_next_chunk(log);
        }
        match &self.chunk {
            Some(chunk) if chunk.append(self.length, &event) => self.length += 1,
            Some(_) => log.fold_directly(event),
            None => {
                self.length += 1;
                log.fold_directly(event);
            }
        }
    }

    /// Folds the full chunk and starts the next one: a new one if the flight record may take it, else the oldest. If no
    /// set is free, the ring grows. If it cannot grow either, this waits for a set: for one fold of a chunk at most, unless
    /// the system interrupts a thread that folds.
    ///
    /// If a reader folds this ring, the full chunk stays. The reader is not waited for: it can be this thread, whose
    /// allocator records tasks.
    fn start_next_chunk(&mut self, log: &Log) {
        let (Some(ring), Some(thread)) = (&self.ring, &self.thread) else { return };
        let Some(mut chunks) = ring.try_chunks() else { return };
        let budget = &log.rings.budget;
        let set = log.sets.try_any(ring.number);
        let grows = (set.is_none() || chunks.is_empty()) && budget.take_for(chunks.len());
        let mut removed = None;
        if grows {
            // First: growing allocates, and an allocator that records tasks needs a set.
            drop(set);
            self.chunk = Some(chunks.grow(thread));
        } else if !chunks.is_empty() {
            let Some(mut set) = set.or_else(|| log.sets.wait_for_any(ring.number)) else { return };
            log.fold_chunks(&mut chunks, &mut set);
            drop(set);
            if budget.take_flight_for(chunks.len()) {
                self.chunk = Some(chunks.grow(thread));
            } else {
                if budget.give_flight_back(chunks.len()) {
                    removed = chunks.remove_oldest();
                }
                self.chunk = Some(chunks.reuse_oldest(thread));
            }
        } else {
            return;
        }
        self.length = 0;
        // Without the lock, for the same reason.
        drop((chunks, removed));
    }

    /// Folds what is left and gives the ring back.
    pub(crate) fn close(&mut self, log: &Log) {
        self.chunk = None;
        if let Some(ring) = self.ring.take() {
            log.fold_ring(&ring);
            log.rings.give_back(ring);
        }
    }
}

#[inline]
fn add_one(started: &Owned) -> u64 {
    let before = started.get();
    started.set(before + 1);
    before
}

#[cfg(all(test, unix, not(loom)))]
mod tests {
    use std::time::Duration;

    use crate::clock::ManualClock;
    use crate::recorder::{Recorder, Step, with_table};
    use crate::state::{Kind, Outcome};

    fn record(recorder: &Recorder, times: u32) {
        let took = Duration::from_nanos(5);
        (0..times).for_each(|_| {
            recorder.record(Kind::Coroutine, "job", "test", Outcome::FINISHED, took);
        });
    }

    #[test]
    fn a_ring_grows_while_all_sets_are_in_use() {
        let recorder = Recorder::builder().flight_memory(0).build();
        let log = &recorder.inner().log;
        log.sets.while_locked(&mut || record(&recorder, 200));
        assert_eq!(log.rings.all()[0].to_read().chunks.len(), 2);
        record(&recorder, 1_000);
        assert_eq!(log.rings.all()[0].to_read().chunks.len(), 2);
        let job = recorder.snapshot().find("job").unwrap();
        assert_eq!((job.spawned, job.active(), job.duration().sum_nanos()), (1_200, 0, 6_000));
    }

    #[test]
    fn a_ring_grows_to_its_share_of_the_flight_record_and_shrinks_again() {
        let share = 3 * 4_096;
        let recorder = Recorder::builder().processors(1).flight_memory(2 * share).build();
        let ring_of = |recorder: &Recorder| recorder.inner().log.rings.all()[0].to_read();
        record(&recorder, 128 * 3 + 1);
        assert_eq!((ring_of(&recorder).chunks.len(), ring_of(&recorder).overwritten), (4, 0));
        record(&recorder, 128);
        assert_eq!((ring_of(&recorder).chunks.len(), ring_of(&recorder).overwritten), (4, 128));
        recorder.set_flight_memory(4_096);
        // One chunk less each time that a chunk is full.
        record(&recorder, 128);
        assert_eq!((ring_of(&recorder).chunks.len(), ring_of(&recorder).overwritten), (3, 3 * 128));
        record(&recorder, 10 * 128);
        assert_eq!(ring_of(&recorder).chunks.len(), 2);
        assert_eq!(recorder.snapshot().spawned(), 128 * 15 + 1);
    }

    #[test]
    fn a_reader_of_its_ring_does_not_block_a_thread() {
        let recorder = Recorder::new();
        record(&recorder, 1);
        let ring = &recorder.inner().log.rings.all()[0];
        ring.while_locked(&mut || record(&recorder, 1_000));
        let job = recorder.snapshot().find("job").unwrap();
        assert_eq!((job.spawned, job.active(), job.duration().sum_nanos()), (1_001, 0, 5_005));
    }

    #[test]
    fn a_new_threshold_does_not_apply_to_polls_before_it() {
        let clock = ManualClock::new().clock();
        let millis = Duration::from_millis;
        let recorder = Recorder::builder().clock(clock).slow_poll(millis(1)).build();
        record(&recorder, 1);
        let series = crate::recorder::SeriesId::at(0);
        let poll = Step { poll: Some((0, 5_000_000)), ..Step::default() };
        let add = || with_table(recorder.id(), |entry| entry.add(series, 0, &poll));
        add();
        recorder.set_limits(10, millis(10));
        add();
        assert_eq!(recorder.snapshot().series[0].slow_polls, 1);
    }
}
