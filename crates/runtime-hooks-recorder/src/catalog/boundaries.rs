//! Bucket boundaries of exported histograms.

use std::error::Error;
use std::fmt;

use crate::recorder;

/// Advised bucket boundaries in seconds, 1 µs to 100 s. Counts at these boundaries are exact.
pub const BOUNDARIES: &[f64] = &{
    let mut seconds = [0.0; recorder::BOUNDARIES.len()];
    let mut i = 0;
    while i < seconds.len() {
        seconds[i] = recorder::BOUNDARIES[i] as f64 / 1e9;
        i += 1;
    }
    seconds
};

/// Some of the [`BOUNDARIES`] at which counts are exact.
///
/// ```
/// use runtime_hooks_recorder::catalog::Boundaries;
///
/// let boundaries = Boundaries::new(&[0.001, 0.1, 10.0])?;
/// assert_eq!(boundaries.seconds(), [0.001, 0.1, 10.0]);
/// let error = Boundaries::new(&[0.003]).unwrap_err();
/// assert!(error.to_string().starts_with("0.003 s is no bucket boundary: use some of 0.000001, "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundaries(u32);

impl Boundaries {
    /// All 25, from 1 µs to 100 s.
    pub const ALL: Self = Self((1 << BOUNDARIES.len()) - 1);

    /// Some of them, in seconds.
    ///
    /// # Errors
    ///
    /// If a value is not one of [`BOUNDARIES`].
    pub fn new(seconds: &[f64]) -> Result<Self, InvalidBoundary> {
        let mut bits = 0;
        for wanted in seconds {
            // Equal but for the last digits of a decimal fraction.
            let is_it = |one: &&f64| (**one - wanted).abs() <= **one * 1e-9;
            let found = BOUNDARIES.iter().position(|one| is_it(&one));
            bits |= 1 << found.ok_or(InvalidBoundary(*wanted))?;
        }
        Ok(Self(bits))
    }

    /// Some of them, by index.
    pub(super) const fn at<const N: usize>(indices: [usize; N]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < N {
            bits |= 1 << indices[i];
            i += 1;
        }
        Self(bits)
    }

    /// Whether the boundary of this index in [`BOUNDARIES`] is among them.
    pub fn has(self, index: usize) -> bool {
        index < BOUNDARIES.len() && self.0 & (1 << index) != 0
    }

    /// In seconds, from the lowest to the highest.
    pub fn seconds(self) -> Vec<f64> {
        let with_index = BOUNDARIES.iter().enumerate();
        with_index.filter(|(index, _)| self.has(*index)).map(|(_, seconds)| *seconds).collect()
    }
}

/// A number of seconds at which there is no exact count.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidBoundary(f64);

impl fmt::Display for InvalidBoundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = BOUNDARIES.iter().map(f64::to_string).collect();
        write!(f, "{} s is no bucket boundary: use some of {}", self.0, all.join(", "))
    }
}

impl Error for InvalidBoundary {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_boundary_and_no_other_number_is_accepted() {
        assert_eq!(Boundaries::new(BOUNDARIES), Ok(Boundaries::ALL));
        assert_eq!(Boundaries::new(&[]).unwrap().seconds(), [0.0; 0]);
        for wrong in [0.0, 0.002, 1e-7, 1e3, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Boundaries::new(&[1.0, wrong]).is_err(), "{wrong}");
        }
        // As the environment writes it.
        assert_eq!(
            Boundaries::new(&["0.0025".parse().unwrap(), 2.5e-6]).unwrap().seconds(),
            [2.5e-6, 2.5e-3]
        );
    }
}
