//! From when a task counts, and its slot in the list of live tasks: one word, as the flags of the task say.

use runtime_hooks_recorder::internals::SlotHandle;

use super::tag::{RecordFlags, Tag};

/// The tick of the submission, or of the first run if the duration is measured from there. If the task is in the list of
/// live tasks, its slot instead, which contains the tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin(u64);

impl Origin {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(super) fn slot(self, tag: Tag) -> Option<SlotHandle> {
        tag.wants(RecordFlags::LIVE).then(|| SlotHandle::from_bits(self.0))
    }

    /// The tick from which the duration is measured.
    #[inline]
    pub(super) fn tick(self, tag: Tag, awaits_first_run: bool) -> u64 {
        match self.slot(tag) {
            None => self.0,
            Some(slot) if !tag.wants(RecordFlags::FIRST_RUN) || awaits_first_run => {
                slot.submitted()
            }
            Some(slot) => slot.first_run(),
        }
    }
}
