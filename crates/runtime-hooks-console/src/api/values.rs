//! Numbers as documents have them.

use std::time::{SystemTime, UNIX_EPOCH};

/// The number of points of a sparkline, about.
pub(super) const SPARK: usize = 45;

/// Milliseconds of Unix time.
pub(crate) fn unix_millis(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis())
}

/// Rates per second, from the counts of points. The last point may not be over.
pub(super) fn rates(counts: &[u64], lengths: &[f64]) -> Vec<f64> {
    let rate = |(count, length): (&u64, &f64)| {
        if *length > 0.0 { rounded(*count as f64 / length) } else { 0.0 }
    };
    counts.iter().zip(lengths).map(rate).collect()
}

/// A number with three digits: enough to plot, and shorter.
pub(super) fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "an exponent")]
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_three_digits() {
        assert_eq!(rates(&[0, 1, 123_456, 5], &[1.0, 3.0, 1.0, 0.0]), [0.0, 0.333, 123_000.0, 0.0]);
        assert_eq!(rates(&[1], &[0.0]), [0.0]);
    }
}
