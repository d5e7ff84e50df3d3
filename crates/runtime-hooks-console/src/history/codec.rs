//! What changed in one tick, as bytes: a busy series takes some 50, one that rests none.

use super::{Buckets, Totals};

/// The changes of one tick.
#[derive(Debug, Default)]
pub(super) struct Changes {
    bytes: Vec<u8>,
    /// The next series that a number is counted from.
    next: usize,
}

/// What is new of one series.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    pub(super) series: usize,
    pub(super) totals: Totals,
    /// Process, schedule and poll.
    pub(super) durations: [Buckets; 3],
}

impl Change {
    fn is_empty(&self) -> bool {
        self.totals == Totals::default() && self.durations.iter().all(|d| d.counts().is_empty())
    }
}

impl Changes {
    /// Adds a series; they come in their order.
    pub(super) fn push(&mut self, change: &Change) {
        if change.is_empty() {
            return;
        }
        let Totals { spawned, ended, slow } = change.totals;
        self.put((change.series - self.next) as u64);
        self.next = change.series + 1;
        [spawned, slow].into_iter().chain(ended).for_each(|number| self.put(number));
        for durations in &change.durations {
            self.put(durations.counts().len() as u64);
            if !durations.counts().is_empty() {
                self.put(durations.max_nanos());
            }
            for (bucket, count) in durations.counts() {
                self.bytes.push(*bucket);
                self.put(*count);
            }
        }
    }

    /// No more will come.
    pub(super) fn finish(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Change> {
        let (mut rest, mut next) = (&self.bytes[..], 0);
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let mut change = Change { series: next + index(take(&mut rest)), ..Change::default() };
            next = change.series + 1;
            change.totals.spawned = take(&mut rest);
            change.totals.slow = take(&mut rest);
            change.totals.ended.iter_mut().for_each(|ended| *ended = take(&mut rest));
            for durations in &mut change.durations {
                let buckets = take(&mut rest);
                if buckets > 0 {
                    durations.at_most(take(&mut rest));
                }
                for _ in 0..buckets {
                    let (bucket, after) = rest.split_first().unwrap_or((&0, &[]));
                    rest = after;
                    durations.add(*bucket, take(&mut rest));
                }
            }
            Some(change)
        })
    }

    /// Seven bits a byte, the low ones first.
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

fn take(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_rests_takes_nothing() {
        let mut busy = Buckets::default();
        busy.record(&[(1e-7, 3), (0.25, u64::MAX / 2)]);
        let totals = Totals { spawned: 300, ended: [1, 0, 127, 128], slow: u64::MAX };
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
        let read: Vec<_> = written.iter().collect();
        assert_eq!(read, [changes[0].clone(), changes[2].clone()]);
        assert_eq!(Changes::default().iter().next(), None);
    }
}
