//! How many tasks a thread has submitted, by series.

use std::sync::Arc;

use crate::recorder::series_id::SeriesId;
use crate::sync::{OnceBox, Owned};

/// The counters of one thread. That thread adds, any thread reads.
///
/// A series past the end needs a longer list. The thread copies its counters there and never uses the shorter one
/// again. Each list is four times as long as the one before, so those take a third of its memory.
#[derive(Debug)]
pub(crate) struct Starts {
    /// List `k` has 16 * 4^k counters.
    lists: [OnceBox<Counters>; LISTS],
}

/// One counter per series.
type Counters = Arc<[Owned]>;

const FIRST: usize = 16;
#[cfg(loom)]
const LISTS: usize = 1;
#[cfg(not(loom))]
const LISTS: usize = (SeriesId::BITS - FIRST.ilog2()) as usize / 2 + 1;

impl Starts {
    pub(super) fn new() -> Self {
        Self { lists: std::array::from_fn(|_| OnceBox::new()) }
    }

    /// The counters to add to. Acquires what was written before they were published.
    pub(super) fn latest(&self) -> Option<&Counters> {
        self.lists.iter().rev().find_map(OnceBox::get)
    }

    /// Makes the counters so many that this series has one. Only for the thread that adds.
    #[cold]
    pub(super) fn grow(&self, series: SeriesId) -> &Counters {
        // Of the highest bit, since the logarithm rounds down.
        let list = (series.index() / FIRST * 4).checked_ilog(4).unwrap_or(0);
        self.lists[list as usize].get_or_init(|| {
            let old =
                self.latest().into_iter().flat_map(|counters| counters.iter()).map(Owned::get);
            let number = FIRST << (2 * list);
            Box::new(old.chain(std::iter::repeat(0)).take(number).map(Owned::new).collect())
        })
    }

    /// Adds the counters to totals, by series. For each task that is known to have ended, its start is counted: it was
    /// stored before.
    pub(super) fn read_into(&self, totals: &mut [u64]) {
        let counters = self.latest().into_iter().flat_map(|counters| counters.iter());
        totals.iter_mut().zip(counters).for_each(|(total, counter)| *total += counter.read());
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_series_finds_a_list_that_is_long_enough() {
        for (index, length) in
            [(0, 16), (15, 16), (16, 64), (63, 64), (64, 256), (255, 256), (256, 1_024)]
        {
            assert_eq!(Starts::new().grow(SeriesId::at(index)).len(), length, "{index}");
        }
        // Without the memory: the last series has a list.
        assert_eq!(FIRST << (2 * (LISTS - 1)), 1 << SeriesId::BITS);
    }

    #[test]
    fn counters_keep_their_values_when_there_are_more_of_them() {
        let starts = Starts::new();
        starts.grow(SeriesId::at(3))[3].add(5);
        let more = starts.grow(SeriesId::at(100));
        more[100].add(1);
        more[3].add(2);
        let mut totals = vec![1; 101];
        starts.read_into(&mut totals);
        assert_eq!((totals[3], totals[4], totals[100]), (8, 1, 2));
        starts.read_into(&mut totals[..4]);
        assert_eq!(totals[3], 15);
    }
}
