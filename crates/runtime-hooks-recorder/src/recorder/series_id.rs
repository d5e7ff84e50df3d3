//! The index of a series.

/// The index of a series in the list; 24 bits, so that it fits into the instrumented future's word beside its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeriesId(u32);

impl SeriesId {
    /// The number of bits.
    pub const BITS: u32 = 24;
    /// The maximum number of series, whatever the cap.
    pub(crate) const LIMIT: u64 = (1 << Self::BITS) - 1_024;
    /// In no list: what a forked child records while its copy of the list stays locked.
    pub(crate) const LOST: Self = Self((1 << Self::BITS) - 1);

    /// The inverse of [`bits`](Self::bits).
    #[inline]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & ((1 << Self::BITS) - 1))
    }

    /// The series at this place in the list.
    #[expect(clippy::cast_possible_truncation, reason = "the cap is below 2^24")]
    pub(crate) const fn at(index: usize) -> Self {
        Self::from_bits(index as u32)
    }

    /// As a number below 2^24.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}
