//! What changed in one tick, as bytes: a busy series takes about 50, an idle one none.

use super::buckets::Buckets;
use super::totals::Totals;

/// The changes of one tick.
#[derive(Debug, Default)]
pub(super) struct Changes {
    bytes: Vec<u8>,
    /// The series after the last one: numbers are relative to it.
    next: usize,
}

/// What is new of one series.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    pub(super) series: usize,
    pub(super) totals: Totals,
    /// Task, schedule delay and poll.
    pub(super) durations: [Buckets; 3],
}

impl Change {
    fn is_empty(&self) -> bool {
        self.totals == Totals::default() && self.durations.iter().all(|d| d.counts().is_empty())
    }
}

/// Indexed by series.
impl Sums for Vec<Change> {
    fn add(&mut self, series: usize, totals: &Totals) -> Option<&mut [Buckets; 3]> {
        let sum = self.get_mut(series)?;
        sum.totals.add(totals);
        Some(&mut sum.durations)
    }
}

/// Sums that changes are added to.
pub(super) trait Sums {
    /// Adds the totals of a series, and returns the durations to add its durations to; `None` to skip them.
    fn add(&mut self, series: usize, totals: &Totals) -> Option<&mut [Buckets; 3]>;
}

impl Changes {
    /// Encodes all of these, which are in the order of their series.
    pub(super) fn of(changes: &[Change]) -> Self {
        let mut all = Self::default();
        changes.iter().for_each(|change| all.push(change));
        all.finish();
        all
    }

    /// Adds a series. Series come in their order.
    pub(super) fn push(&mut self, change: &Change) {
        if change.is_empty() {
            return;
        }
        let Totals { spawned, ended, slow, stalls } = change.totals;
        self.put((change.series - self.next) as u64);
        self.next = change.series + 1;
        [spawned, slow, stalls].into_iter().chain(ended).for_each(|number| self.put(number));
        for durations in &change.durations {
            self.put(durations.counts().len() as u64);
            if let Some((min, max)) = durations.extremes() {
                self.put(min);
                self.put(max - min);
            }
            for (bucket, count) in durations.counts() {
                self.bytes.push(*bucket);
                self.put(*count);
            }
        }
    }

    /// Frees the capacity that is left over.
    pub(super) fn finish(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// The size.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds all changes to `sums`, in the order of their series.
    pub(super) fn read(&self, sums: &mut impl Sums) {
        let (mut rest, mut next) = (&self.bytes[..], 0_usize);
        while !rest.is_empty() {
            let series = next.saturating_add(index(take(&mut rest)));
            next = series.saturating_add(1);
            let [spawned, slow, stalls] = std::array::from_fn(|_| take(&mut rest));
            let ended = std::array::from_fn(|_| take(&mut rest));
            let mut durations = sums.add(series, &Totals { spawned, ended, slow, stalls });
            for measure in 0..3 {
                let into = durations.as_deref_mut().map(|durations| &mut durations[measure]);
                read_durations(&mut rest, into);
            }
        }
    }

    /// Writes a variable-length number: seven bits per byte, the low ones first.
    fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(0x80 | low_bits(number));
            number >>= 7;
        }
        self.bytes.push(low_bits(number));
    }
}

fn low_bits(number: u64) -> u8 {
    (number & 0x7f) as u8
}

fn take(rest: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let Some((byte, after)) = rest.split_first() else { break };
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[expect(clippy::cast_possible_truncation, reason = "was a usize before it was written")]
fn index(number: u64) -> usize {
    number as usize
}

fn read_durations(rest: &mut &[u8], mut into: Option<&mut Buckets>) {
    let mut buckets = take(rest);
    if buckets == 0 {
        return;
    }
    let min = take(rest);
    let max = min.saturating_add(take(rest));
    if let Some(into) = &mut into {
        into.widen((min, max));
    }
    while buckets > 0
        && let Some((bucket, after)) = rest.split_first()
    {
        *rest = after;
        buckets -= 1;
        let count = take(rest);
        if let Some(into) = &mut into {
            into.add(*bucket, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::array::{uniform3, uniform4};
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn changes_are_read_as_they_were_written_and_empty_ones_take_no_bytes() {
        let mut busy = Buckets::default();
        busy.record(&[(1e-7, 3), (0.25, u64::MAX / 2)]);
        let totals = Totals { spawned: 300, ended: [1, 0, 127, 128], slow: u64::MAX, stalls: 1 };
        let changes = [
            Change { series: 3, totals, ..Change::default() },
            Change { series: 4, ..Change::default() },
            Change {
                series: 700,
                durations: [busy.clone(), Buckets::default(), busy],
                ..Change::default()
            },
        ];
        let mut written = Changes::default();
        changes.iter().for_each(|change| written.push(change));
        written.finish();
        assert_eq!(read(&written), [changes[0].clone(), changes[2].clone()]);
        assert_eq!(read(&Changes::default()), []);
    }

    fn read(changes: &Changes) -> Vec<Change> {
        let mut all = Each(Vec::new());
        changes.read(&mut all);
        all.0
    }

    struct Each(Vec<Change>);

    impl Sums for Each {
        fn add(&mut self, series: usize, totals: &Totals) -> Option<&mut [Buckets; 3]> {
            self.0.push(Change { series, totals: *totals, ..Change::default() });
            self.0.last_mut().map(|change| &mut change.durations)
        }
    }

    /// Small numbers as often as any.
    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0), 0..300_u64, any::<u64>()]
    }

    prop_compose! {
        fn totals()(spawned in number(), ended in uniform4(number()), slow in number(), stalls in number()) -> Totals {
            Totals { spawned, ended, slow, stalls }
        }
    }

    prop_compose! {
        fn durations()(counts in vec((any::<u8>(), 1..=u64::MAX >> 10), 0..6), a: u64, b: u64) -> Buckets {
            let mut buckets = Buckets::default();
            counts.iter().for_each(|(bucket, count)| buckets.add(*bucket, *count));
            if !counts.is_empty() {
                buckets.widen((a.min(b), a.max(b)));
            }
            buckets
        }
    }

    prop_compose! {
        fn change()(series in prop_oneof![0..9_usize, 0..1_usize << 24], totals in totals(), durations in uniform3(durations())) -> Change {
            Change { series, totals, durations }
        }
    }

    proptest! {
        #[test]
        fn any_changes_are_read_as_they_were_written(mut changes in vec(change(), 0..20)) {
            let mut series = 0;
            for change in &mut changes {
                series += change.series;
                change.series = series;
                series += 1;
            }
            let mut written = Changes::default();
            changes.iter().for_each(|change| written.push(change));
            changes.retain(|change| !change.is_empty());
            prop_assert_eq!(read(&written), changes);
        }

        #[test]
        fn any_bytes_are_read_to_their_end(bytes in vec(any::<u8>(), 0..200)) {
            let changes = Changes { bytes, next: 0 };
            // Each change takes a byte or more.
            prop_assert!(read(&changes).len() <= changes.bytes.len());
        }
    }
}
