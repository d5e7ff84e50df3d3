//! The log: each thread appends fixed-size events to a ring of its own. A full chunk of events is folded into the
//! aggregates by its thread, and a reader folds what is not folded yet.
//!
//! Everything here belongs to one recorder: ticks are those of its clock, and a thread that uses two recorders has two
//! rings. Only the list of live tasks belongs to the process.

mod budget;
mod chunk;
mod event;
mod fold;
mod ring;
mod rings;
mod starts;
mod writer;

pub(super) use self::event::Event;
pub(super) use self::writer::Writer;

#[cfg(all(test, loom))]
pub(super) use self::chunk::Chunk;

use self::budget::Budget;
use self::rings::Rings;
use super::aggregate::Sets;
use crate::clock::{Clock, Scale};
use crate::sync::AtomicU64;

/// The events of a recorder, and what they add up to.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) clock: Clock,
    scale: Scale,
    /// In nanoseconds.
    slow_poll: AtomicU64,
    pub(super) rings: Rings,
    pub(super) sets: Sets,
}

impl Log {
    /// A log whose rings take this many bytes at most.
    pub(crate) fn new(clock: Clock, slow_poll: u64, bytes: u64, sets: usize) -> Self {
        let (rings, sets) = (Rings::new(Budget::new(bytes)), Sets::new(sets));
        let scale = clock.scale();
        Self { clock, scale, slow_poll: AtomicU64::new(slow_poll), rings, sets }
    }
}
