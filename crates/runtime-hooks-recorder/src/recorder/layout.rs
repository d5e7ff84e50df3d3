//! The cells of a histogram: log-linear, split at the boundaries that exporters are advised to use.
//!
//! A power of two is an octave of 8 equal cells, so a cell is at most 1/8 of its value wide, and a quantile is at
//! most 1/16 off. The cell that contains an advised boundary is split there, so that
//! counts at those boundaries are exact. An octave has at most one boundary, hence 9 cells.

/// Advised bucket boundaries in nanoseconds: 1 µs to 100 s, 1-2.5-5 per decade.
pub(crate) const BOUNDARIES: [u64; 25] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    25_000_000_000,
    50_000_000_000,
    100_000_000_000,
];

/// Octave 0 holds 0..=7 ns, octave `k` holds 2^(k+2) .. 2^(k+3).
pub(crate) const OCTAVES: usize = 62;
/// Eight, and one more for the split.
pub(crate) const CELLS: usize = 9;

/// The boundary that splits each octave; `u64::MAX` if there is none.
const SPLITS: [u64; OCTAVES] = {
    let mut splits = [u64::MAX; OCTAVES];
    let mut i = 0;
    while i < BOUNDARIES.len() {
        splits[octave(BOUNDARIES[i])] = BOUNDARIES[i];
        i += 1;
    }
    splits
};

const fn octave(ns: u64) -> usize {
    // Setting bit 2 maps 0..=3 to the octave of 4..=7.
    (61 - (ns | 4).leading_zeros()) as usize
}

#[expect(clippy::cast_possible_truncation, reason = "both are below 8")]
const fn sub_cell(ns: u64, octave: usize) -> usize {
    if octave == 0 { ns as usize } else { (ns >> (octave - 1)) as usize & 7 }
}

/// The octave and the cell of a duration. A boundary belongs to the cell below the split: OpenTelemetry's buckets
/// include their upper boundary.
#[inline]
pub(crate) fn locate(ns: u64) -> (usize, usize) {
    let octave = octave(ns);
    (octave, sub_cell(ns, octave) + usize::from(ns > SPLITS[octave]))
}

/// The minimum and maximum duration of a cell.
pub(crate) fn range(octave: usize, cell: usize) -> (u64, u64) {
    let split = SPLITS[octave];
    if split == u64::MAX {
        return sub_range(octave, cell);
    }
    let (at, (low, high)) = (sub_cell(split, octave), sub_range(octave, cell.saturating_sub(1)));
    if cell == at {
        (sub_range(octave, at).0, split)
    } else if cell == at + 1 {
        (split + 1, high)
    } else if cell < at {
        sub_range(octave, cell)
    } else {
        (low, high)
    }
}

fn sub_range(octave: usize, sub: usize) -> (u64, u64) {
    let sub = sub as u64;
    if octave == 0 {
        return (sub, sub);
    }
    let width = 1 << (octave - 1);
    let low = (8 + sub) * width;
    (low, low + (width - 1))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_octave_has_two_boundaries() {
        let split = SPLITS.iter().filter(|split| **split != u64::MAX).count();
        assert_eq!(split, BOUNDARIES.len());
    }

    #[test]
    fn the_smallest_and_the_largest_duration_have_a_cell() {
        assert_eq!(locate(0), (0, 0));
        assert_eq!(locate(7), (0, 7));
        assert_eq!(locate(8), (1, 0));
        assert_eq!(locate(u64::MAX), (61, 7));
        assert_eq!(range(61, 7).1, u64::MAX);
    }

    #[test]
    fn a_boundary_is_the_maximum_of_its_cell() {
        for boundary in BOUNDARIES {
            let (octave, cell) = locate(boundary);
            assert_eq!(range(octave, cell).1, boundary);
            assert_eq!(
                locate(boundary + 1),
                if cell < 8 { (octave, cell + 1) } else { (octave + 1, 0) }
            );
        }
    }

    proptest! {
        #[test]
        fn a_duration_lies_in_the_range_of_its_cell(bits in 0_u32..64, raw: u64) {
            let ns = raw >> bits;
            let (octave, cell) = locate(ns);
            let (low, high) = range(octave, cell);
            prop_assert!(low <= ns && ns <= high, "{ns} not in {low}..={high}");
            prop_assert!(high - low <= low / 8);
        }
    }
}
