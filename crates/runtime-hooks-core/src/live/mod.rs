//! The list of live processes: what each is doing right now. Kept only while it is asked for.

mod arena;
#[cfg(all(test, loom))]
mod loom_models;
mod slot;
mod task;

use std::num::NonZeroU64;

pub use self::task::{LiveState, LiveTask, TaskId};

use self::slot::{Content, Slot};
use crate::recorder::SeriesId;

/// A process's place in the list: the slot's generation, which is never 0 where one is taken, above its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotHandle(NonZeroU64);

// Out of line, so that it costs a branch, and no registers, where no list is kept.
impl SlotHandle {
    /// The place of a process that was submitted right now.
    #[inline]
    pub(crate) fn take(recorder: u32, series: SeriesId, submitted: u64) -> Self {
        let index = arena::take();
        let generation = arena::slot(index).open(owner(recorder, series), submitted);
        Self::from_bits(generation << 32 | u64::from(index))
    }

    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Self {
        // A generation whose low half is 0 is even: nobody has such a slot.
        Self(NonZeroU64::new(bits).unwrap_or(NonZeroU64::MAX))
    }

    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0.get()
    }

    /// When its process was submitted.
    #[inline(never)]
    pub(crate) fn submitted(self) -> u64 {
        self.slot().submitted()
    }

    /// A run starts, which it could have done since then if that is known.
    #[inline(never)]
    pub(crate) fn start(self, runnable_since: Option<u64>, now: u64) {
        self.slot().start(runnable_since, now);
    }

    /// The run that started then is over, the process is not; so many have kept its waker.
    #[inline(never)]
    pub(crate) fn pause(self, started: u64, now: u64, wakers: u64) {
        self.slot().pause(started, now, wakers);
    }

    /// Somebody has woken the process, if it is still there; `first` is when, if none had since its last run started.
    #[inline]
    pub(crate) fn wake(self, first: Option<u64>) {
        self.slot().wake(self.bits() >> 32, first);
    }

    /// The process is over: the place is the next one's.
    #[inline(never)]
    pub(crate) fn leave(self) {
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

/// Whose process it is.
fn owner(recorder: u32, series: SeriesId) -> u64 {
    u64::from(recorder) << SeriesId::BITS | u64::from(series.bits())
}

/// All processes of a recorder that are in the list now, with the series of each.
fn of(recorder: u32) -> impl Iterator<Item = (TaskId, SeriesId, Content)> {
    arena::all().filter_map(move |(index, slot)| {
        let content = slot.read()?;
        #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
        let series = SeriesId::from_bits(content.of as u32);
        let is_ours = content.of == owner(recorder, series);
        is_ours.then(|| (TaskId::new(index, content.generation), series, content))
    })
}
