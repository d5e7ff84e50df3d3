//! All settings that a call reads, packed into one 64-bit word: one relaxed load.

use super::detail::Detail;
use super::method::{Method, Methods};

/// 0 while recording is off. Otherwise the methods, the flags, and the id of the recorder, which starts at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PackedState(u64);

impl PackedState {
    const METHODS: u64 = 0xffff;
    const DETAIL: u32 = 16;
    const TRACER: u64 = 1 << 18;
    const PROCESS_CLOCK: u64 = 1 << 19;
    const LIVE: u64 = 1 << 20;
    const RECORDER: u32 = 32;
    pub(crate) const OFF: Self = Self(0);
    /// Not decided yet. It looks like a state with a tracer, so that the decision is made off the hot path.
    pub(crate) const UNDECIDED: Self = Self(Self::METHODS | Self::TRACER);

    pub(crate) fn new(
        recorder: u32,
        methods: Methods,
        detail: Detail,
        has_tracer: bool,
        has_process_clock: bool,
        keeps_live: bool,
    ) -> Self {
        let flag = |set, bit| if set { bit } else { 0 };
        Self(
            u64::from(recorder) << Self::RECORDER
                | u64::from(methods.bits())
                | (detail as u64) << Self::DETAIL
                | flag(has_tracer, Self::TRACER)
                | flag(has_process_clock, Self::PROCESS_CLOCK)
                | flag(keeps_live, Self::LIVE),
        )
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
    pub(crate) const fn has_tracer(self) -> bool {
        self.0 & Self::TRACER != 0
    }

    #[inline]
    pub(crate) const fn keeps_live(self) -> bool {
        self.0 & Self::LIVE != 0
    }

    #[inline]
    pub(crate) const fn has_process_clock(self) -> bool {
        self.0 & Self::PROCESS_CLOCK != 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn packed_values_are_unpacked() {
        for detail in [Detail::Counts, Detail::Polls, Detail::Sampled, Detail::Full] {
            for flags in [
                (false, false, false),
                (true, false, false),
                (false, true, false),
                (false, false, true),
            ] {
                let methods = Methods::ALL.without(Method::Timeout);
                let word = PackedState::new(u32::MAX, methods, detail, flags.0, flags.1, flags.2);
                assert_eq!((word.recorder(), word.detail()), (u32::MAX, detail));
                let found = (word.has_tracer(), word.has_process_clock(), word.keeps_live());
                assert_eq!(found, flags);
                assert!(word.has(Method::Spawn) && !word.has(Method::Timeout));
            }
        }
        assert!(!PackedState::default().has(Method::Spawn));
        let undecided = PackedState::UNDECIDED;
        assert!(Method::ALL.iter().all(|method| undecided.has(*method)));
        assert!(undecided.has_tracer() && !undecided.is_installed());
    }
}
