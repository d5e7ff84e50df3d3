//! The log: each thread appends fixed-size events to a ring of its own. A full chunk of events is folded into the
//! aggregates by its thread, and a reader folds what is not folded yet.
//!
//! Everything here belongs to one recorder: ticks are those of its clock, and a thread that uses two recorders has two
//! rings. Only the list of live tasks belongs to the process.

mod budget;
mod chunk;
mod event;
mod fold;
mod gather;
mod ring;
mod rings;
mod starts;
mod thread;
mod writer;

pub(crate) use self::event::{Event, TaskDuration};
pub(crate) use self::gather::Gathered;
pub(crate) use self::thread::LogThread;
pub(super) use self::writer::Writer;

#[cfg(all(test, loom))]
pub(super) use self::chunk::Chunk;

use self::budget::Budget;
use self::rings::Rings;
use super::aggregate::Sets;
use crate::clock::{Clock, Scale};
use crate::sync::{AtomicU64, Ordering};

/// The events of a recorder, and what they add up to.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) clock: Clock,
    scale: Scale,
    /// In nanoseconds.
    slow_poll: AtomicU64,
    pub(crate) rings: Rings,
    pub(super) sets: Sets,
    /// The number of events that were added up without a ring, and so are not in the flight record.
    direct: AtomicU64,
}

impl Log {
    /// A log whose rings take this many bytes at most.
    pub(crate) fn new(
        clock: Clock,
        slow_poll: u64,
        bytes: u64,
        sets: usize,
        processors: usize,
    ) -> Self {
        let (rings, sets) = (Rings::new(Budget::new(bytes, processors)), Sets::new(sets));
        let (scale, slow_poll, direct) =
            (clock.scale(), AtomicU64::new(slow_poll), AtomicU64::new(0));
        Self { clock, scale, slow_poll, rings, sets, direct }
    }

    /// Sets how many bytes the flight record may take.
    pub(crate) fn set_flight(&self, bytes: u64) {
        self.rings.budget.set_flight(bytes);
    }

    /// Whether there is a flight record: the last chunk of each thread alone is none.
    #[inline]
    pub(super) fn keeps_flight(&self) -> bool {
        self.rings.budget.flight() > 0
    }

    /// The number of events so far that no ring had.
    pub(super) fn direct(&self) -> u64 {
        self.direct.load(Ordering::Relaxed)
    }
}
