//! The minimum and the maximum of some durations, in nanoseconds.

/// The minimum, and the maximum.
pub(crate) type Extremes = (u64, u64);

/// Those of the durations of both.
#[inline]
pub(crate) fn of_both((low, high): Extremes, (min, max): Extremes) -> Extremes {
    (low.min(min), high.max(max))
}
