//! Copies what the rings hold, without a lock.

use std::collections::HashMap;
use std::sync::Arc;

use super::Log;
use super::event::Event;
use super::ring::Ring;
use super::thread::LogThread;

/// The events of all threads, thread by thread.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) threads: Vec<Arc<LogThread>>,
    /// Each with the index of its thread.
    pub(crate) events: Vec<(usize, Event)>,
    /// The number of events that newer ones have overwritten.
    pub(crate) overwritten: u64,
    /// The number of events that no ring had.
    pub(crate) missed: u64,
}

impl Log {
    /// All events that the rings hold.
    pub(crate) fn gather(&self) -> Gathered {
        let mut gathered = Gathered { missed: self.direct(), ..Gathered::default() };
        let mut known = HashMap::new();
        self.rings.all().iter().for_each(|ring| gathered.add_ring(ring, &mut known));
        gathered
    }
}

impl Gathered {
    fn add_ring(&mut self, ring: &Ring, known: &mut HashMap<u64, usize>) {
        let copy = ring.to_read();
        self.overwritten += copy.overwritten;
        for (written, generation, published) in copy.chunks {
            let Some(events) = written.chunk.read(generation, published) else {
                self.overwritten += published as u64;
                continue;
            };
            let mut threads = written.threads.iter().peekable();
            let mut thread = 0;
            for (number, event) in events.into_iter().enumerate() {
                // Of several threads from the same event on, the others have recorded nothing.
                while let Some((_, next)) = threads.next_if(|(from, _)| *from <= number) {
                    thread = self.thread(next, known);
                }
                self.events.push((thread, event));
            }
        }
    }

    fn thread(&mut self, thread: &Arc<LogThread>, known: &mut HashMap<u64, usize>) -> usize {
        *known.entry(thread.number).or_insert_with(|| {
            self.threads.push(Arc::clone(thread));
            self.threads.len() - 1
        })
    }
}
