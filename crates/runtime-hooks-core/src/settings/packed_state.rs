//! All settings that a call reads, packed into one 64-bit word: one relaxed load.

use super::detail::Detail;
use super::method::{Method, Methods};

/// 0 while recording is off. Otherwise the methods, the flags, and the id of the recorder, which starts at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PackedState(u64);

/// The flags, each a bit of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    Tracer = 1 << 18,
    ProcessClock = 1 << 19,
    Live = 1 << 20,
    /// Durations are measured from the first run.
    FirstRun = 1 << 21,
}

impl PackedState {
    const METHODS: u64 = 0xffff;
    const DETAIL: u32 = 16;
    const RECORDER: u32 = 32;
    pub(crate) const OFF: Self = Self(0);
    /// Not decided yet. It looks like a state with a tracer, so that the decision is made off the hot path.
    pub(crate) const UNDECIDED: Self = Self(Self::METHODS | Flag::Tracer as u64);

    pub(crate) fn new(recorder: u32, methods: Methods, detail: Detail) -> Self {
        Self(
            u64::from(recorder) << Self::RECORDER
                | u64::from(methods.bits())
                | (detail as u64) << Self::DETAIL,
        )
    }

    /// Sets one of the flags.
    pub(crate) const fn with(self, flag: Flag, is_set: bool) -> Self {
        if is_set { Self(self.0 | flag as u64) } else { self }
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(crate) const fn has(self, method: Method) -> bool {
        self.0 & Self::METHODS & method.bit() as u64 != 0
    }

    #[inline]
    pub(crate) const fn is_off(self) -> bool {
        self.0 == Self::OFF.0
    }

    pub(crate) const fn is_installed(self) -> bool {
        self.recorder() != 0
    }

    #[inline]
    pub(crate) const fn recorder(self) -> u32 {
        (self.0 >> Self::RECORDER) as u32
    }

    #[inline]
    pub(crate) const fn detail(self) -> Detail {
        match (self.0 >> Self::DETAIL) & 0b11 {
            0 => Detail::Counts,
            1 => Detail::Polls,
            2 => Detail::Sampled,
            _ => Detail::Full,
        }
    }

    #[inline]
    pub(crate) const fn wants(self, flag: Flag) -> bool {
        self.0 & flag as u64 != 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const FLAGS: [Flag; 4] = [Flag::Tracer, Flag::ProcessClock, Flag::Live, Flag::FirstRun];

    #[test]
    fn packed_values_are_unpacked() {
        for detail in [Detail::Counts, Detail::Polls, Detail::Sampled, Detail::Full] {
            let methods = Methods::ALL.without(Method::Timeout);
            let word = PackedState::new(u32::MAX, methods, detail);
            for flag in FLAGS {
                let with = word.with(flag, true).with(flag, false);
                assert_eq!((with.recorder(), with.detail()), (u32::MAX, detail));
                assert!(FLAGS.iter().all(|other| with.wants(*other) == (*other == flag)));
                assert!(with.has(Method::Spawn) && !with.has(Method::Timeout));
            }
        }
        assert!(!PackedState::default().has(Method::Spawn));
        let undecided = PackedState::UNDECIDED;
        assert!(Method::ALL.iter().all(|method| undecided.has(*method)));
        assert!(undecided.wants(Flag::Tracer) && !undecided.is_installed());
    }
}
