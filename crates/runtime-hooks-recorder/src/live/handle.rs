//! The slot of one live task, as the task holds it.

use std::num::NonZeroU64;

use super::arena;
use super::slot::Slot;
use crate::recorder::SeriesId;

/// A process's place in the list: the slot's generation, which is never 0 where one is taken, above its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotHandle(NonZeroU64);

// Out of line, so that it costs a branch, and no registers, where no list is kept.
impl SlotHandle {
    /// The place of a process that was submitted right now.
    #[inline]
    pub fn take(recorder: u32, series: SeriesId, submitted: u64) -> Self {
        let index = arena::take();
        let generation = arena::slot(index).open(owner(recorder, series), submitted);
        Self::from_bits(generation << 32 | u64::from(index))
    }

    /// The inverse of [`bits`](Self::bits).
    #[inline]
    pub fn from_bits(bits: u64) -> Self {
        // A generation whose low half is 0 is even: nobody has such a slot.
        Self(NonZeroU64::new(bits).unwrap_or(NonZeroU64::MAX))
    }

    /// As a word that is never 0.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// When its task was submitted.
    #[inline(never)]
    pub fn submitted(self) -> u64 {
        self.slot().submitted()
    }

    /// A run starts, which it could have done since then if that is known.
    #[inline(never)]
    pub fn start(self, runnable_since: Option<u64>, now: u64) {
        self.slot().start(runnable_since, now);
    }

    /// The run that started then is over, the process is not; so many have kept its waker.
    #[inline(never)]
    pub fn pause(self, started: u64, now: u64, wakers: u64) {
        self.slot().pause(started, now, wakers);
    }

    /// Somebody has woken the process, if it is still there; `first` is when, if none had since its last run started.
    #[inline]
    pub fn wake(self, first: Option<u64>) {
        self.slot().wake(self.bits() >> 32, first);
    }

    /// The process is over: the place is the next one's.
    #[inline(never)]
    pub fn leave(self) {
        self.slot().close();
        arena::give_back(self.index());
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    const fn index(self) -> u32 {
        self.bits() as u32
    }

    #[inline]
    fn slot(self) -> &'static Slot {
        arena::slot(self.index())
    }
}

/// Whose task it is.
pub(super) fn owner(recorder: u32, series: SeriesId) -> u64 {
    u64::from(recorder) << SeriesId::BITS | u64::from(series.bits())
}
