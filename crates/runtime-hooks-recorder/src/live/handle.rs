//! A task's handle of its slot.

use std::num::NonZeroU64;

use super::arena;
use super::id::TaskId;
use super::slot::Slot;
use crate::recorder::SeriesId;

/// A task's slot in the list: the generation, which is not 0 while a slot is taken, in the high half and the index in
/// the low half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotHandle(NonZeroU64);

// Not inlined, so that a task costs one branch and no registers while no list is kept.
impl SlotHandle {
    /// Takes a slot for a task that was submitted just now. `is_spawned` if the runtime polls it itself.
    #[inline]
    pub fn take(recorder: u32, series: SeriesId, is_spawned: bool, submitted: u64) -> Self {
        let index = arena::take();
        let spawned = if is_spawned { SPAWNED } else { 0 };
        let generation = arena::slot(index).open(owner(recorder, series) | spawned, submitted);
        Self::from_bits(generation << 32 | u64::from(index))
    }

    /// The inverse of [`bits`](Self::bits).
    #[inline]
    pub fn from_bits(bits: u64) -> Self {
        // A generation whose low half is 0 is even, so no task has such a slot.
        Self(NonZeroU64::new(bits).unwrap_or(NonZeroU64::MAX))
    }

    /// As a 64-bit word that is never 0.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// Whether a live task with this id has this slot.
    pub fn is_of(self, id: TaskId) -> bool {
        // An id lacks the lowest bit of the generation, and can have one more high bit.
        let (ours, its) = (self.bits() >> 33, id.as_u64() >> 32 & u64::from(u32::MAX >> 1));
        self.index() == id.slot() && ours == its
    }

    /// The id of the task.
    pub fn task_id(self) -> TaskId {
        TaskId::new(self.index(), self.bits() >> 32)
    }

    /// Whether the task has not ended.
    pub fn is_live(self) -> bool {
        self.counts_from().is_some()
    }

    /// The index of the slot, which is unique among live tasks.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    pub const fn index(self) -> u32 {
        self.bits() as u32
    }

    /// The tick at which the task was submitted.
    #[inline(never)]
    pub fn submitted(self) -> u64 {
        self.slot().submitted()
    }

    /// The tick from which the duration is measured; `None` if the task has ended.
    pub fn counts_from(self) -> Option<u64> {
        // Not `read`, which waits while a poll starts or ends: these fields do not change then.
        let (_, content) = self.slot().read_once()?;
        (content.generation & u64::from(u32::MAX) == self.bits() >> 32)
            .then_some(content.counts_from)
    }

    /// The tick of the first poll: see [`set_first_run`](Self::set_first_run).
    #[cold]
    pub fn first_run(self) -> u64 {
        self.slot().first_run()
    }

    /// Keeps the tick of the first poll.
    #[cold]
    pub fn set_first_run(self, now: u64) {
        self.slot().set_first_run(now);
    }

    /// A poll starts. `runnable_since` is the tick since which the task was runnable, if that is known.
    #[inline(never)]
    pub fn start(self, runnable_since: Option<u64>, now: u64) {
        self.slot().start(runnable_since, now);
    }

    /// The poll that started at `started` has ended, the task has not. `wakers` clones of its waker remain.
    #[inline(never)]
    pub fn pause(self, started: u64, now: u64, wakers: u64) {
        self.slot().pause(started, now, wakers);
    }

    /// Counts a wake of the task, unless it has ended. `first` is the tick of the wake if it is the first since the
    /// last poll started.
    #[inline]
    pub fn wake(self, first: Option<u64>) {
        self.slot().wake(self.bits() >> 32, first);
    }

    /// The task has ended: frees the slot.
    #[inline(never)]
    pub fn release(self) {
        self.slot().close();
        arena::release(self.index());
    }

    #[inline]
    fn slot(self) -> &'static Slot {
        arena::slot(self.index())
    }
}

/// The bit beside recorder and series of a task that the runtime polls itself.
pub(super) const SPAWNED: u64 = 1 << 63;

/// Identifies the recorder and the series of a task.
pub(super) fn owner(recorder: u32, series: SeriesId) -> u64 {
    u64::from(recorder) << SeriesId::BITS | u64::from(series.bits())
}
