//! Recorder, series, phase and flags of a task in one word, to keep the instrumented future small.

use runtime_hooks_recorder::internals::SeriesId;

use super::timeline::Phase;

/// Flags that say what is recorded of a task. They are set at its submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordFlags(u64);

impl RecordFlags {
    pub(crate) const NONE: Self = Self(0);
    /// Each poll is timed.
    pub(crate) const POLLS: Self = Self(1 << 27);
    /// Schedule delays are timed.
    pub(crate) const DELAYS: Self = Self(1 << 28);
    /// Wakes are stamped.
    pub(crate) const WAKES: Self = Self(1 << 29);
    /// The recorder uses the process's clock: no look-up is needed.
    pub(crate) const PROCESS_CLOCK: Self = Self(1 << 30);
    /// The context is notified of each poll.
    pub(crate) const NOTIFY: Self = Self(1 << 31);
    /// The task is in the list of live tasks.
    pub(crate) const LIVE: Self = Self(1 << 32);
    /// Durations are measured from the first run, as in Python.
    pub(crate) const FIRST_RUN: Self = Self(1 << 33);
    /// The flags that require polls to be timed.
    pub(crate) const TIMES: Self =
        Self::POLLS.and(Self::NOTIFY).and(Self::LIVE).and(Self::FIRST_RUN);

    /// The flags of which a plain poll, with a start and a stop, knows nothing.
    pub(crate) const NOT_PLAIN: Self =
        Self::DELAYS.and(Self::WAKES).and(Self::NOTIFY).and(Self::LIVE).and(Self::FIRST_RUN);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn and_if(self, condition: bool, other: Self) -> Self {
        if condition { self.and(other) } else { self }
    }
}

/// One word, so that it is stored and loaded as a whole: loading a value that was stored in two parts stalls the
/// processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag(u64);

impl Tag {
    /// No series, phase `Off`, no flags.
    pub(crate) const OFF: Self = Self(0);
    const PHASE: u64 = 0b111 << SeriesId::BITS;
    /// Set in the phases in which something is left to record.
    const IS_LIVE: u64 = 0b100 << SeriesId::BITS;
    /// Zero in the phases in which a drop has no effect.
    const HANDLES_DROP: u64 = 0b110 << SeriesId::BITS;
    const RECORDER: u32 = 34;

    pub(crate) const fn new(recorder: u32, series: SeriesId, flags: RecordFlags) -> Self {
        let low = series.bits() as u64 | flags.0;
        Self((recorder as u64) << Self::RECORDER | low).with_phase(Phase::Submitted)
    }

    #[inline]
    pub(crate) const fn recorder(self) -> u32 {
        (self.0 >> Self::RECORDER) as u32
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    pub(crate) const fn series(self) -> SeriesId {
        SeriesId::from_bits(self.0 as u32)
    }

    #[inline]
    pub(crate) const fn phase(self) -> Phase {
        match (self.0 & Self::PHASE) >> SeriesId::BITS {
            0 => Phase::Off,
            1 => Phase::Ended,
            2 | 3 => Phase::Unrecorded,
            4 => Phase::Submitted,
            5 => Phase::Running,
            _ => Phase::Idle,
        }
    }

    /// Whether nothing is left to record.
    #[inline]
    pub(crate) const fn is_silent(self) -> bool {
        self.0 & Self::IS_LIVE == 0
    }

    /// Whether a drop ends the task, or may take the mark of an elapsed deadline.
    #[inline]
    pub(crate) const fn handles_drop(self) -> bool {
        self.0 & Self::HANDLES_DROP != 0
    }

    #[inline]
    pub(crate) const fn with_phase(self, phase: Phase) -> Self {
        Self(self.0 & !Self::PHASE | (phase as u64) << SeriesId::BITS)
    }

    /// Clears a flag.
    pub(crate) const fn without(self, flag: RecordFlags) -> Self {
        Self(self.0 & !flag.0)
    }

    /// Whether any of these flags is set.
    #[inline]
    pub(crate) const fn wants(self, flag: RecordFlags) -> bool {
        self.0 & flag.0 != 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use runtime_hooks_recorder::internals::LAST_RECORDER;

    #[test]
    fn the_fields_of_a_tag_do_not_overlap() {
        // For each phase: whether nothing is left to record, and whether a drop has an effect.
        let phases = [
            (Phase::Off, true, false),
            (Phase::Ended, true, false),
            (Phase::Unrecorded, true, true),
            (Phase::Submitted, false, true),
            (Phase::Running, false, true),
            (Phase::Idle, false, true),
        ];
        let flags = [
            RecordFlags::POLLS,
            RecordFlags::DELAYS,
            RecordFlags::WAKES,
            RecordFlags::PROCESS_CLOCK,
            RecordFlags::NOTIFY,
            RecordFlags::LIVE,
            RecordFlags::FIRST_RUN,
        ];
        for series in [0, 1, (1 << 24) - 1] {
            for flag in flags {
                let tag = Tag::new(LAST_RECORDER, SeriesId::from_bits(series), flag);
                assert_eq!(tag.phase(), Phase::Submitted);
                for (phase, is_silent, handles_drop) in phases {
                    let tag = tag.with_phase(phase);
                    assert_eq!((tag.is_silent(), tag.handles_drop()), (is_silent, handles_drop));
                    assert_eq!((tag.series().bits(), tag.phase()), (series, phase));
                    assert_eq!(tag.recorder(), LAST_RECORDER);
                    assert!(flags.iter().all(|other| tag.wants(*other) == (*other == flag)));
                }
            }
        }
    }
}
