//! Sums over all series of a runtime, tick by tick: the overview costs the same for any number of names.

use runtime_hooks_recorder::{Kind, SeriesKey};

use super::codec::{Change, Changes};
use super::totals::Totals;

/// A group has the series of a runtime's blocking closures, or its other series.
#[derive(Debug, Default)]
pub(super) struct Groups {
    keys: Vec<(&'static str, bool)>,
    /// The group of each series.
    of: Vec<usize>,
    /// Totals at the last tick, by group.
    last: Vec<Totals>,
    /// Sums of the tick that is being read, by group.
    next: Vec<Change>,
}

impl Groups {
    /// Adds the change of a series. Series come in their order.
    pub(super) fn add(&mut self, key: &SeriesKey, change: &Change) {
        while self.of.len() <= change.series {
            let group = self.group_of(key);
            self.of.push(group);
        }
        let sum = &mut self.next[self.of[change.series]];
        sum.totals.add(&change.totals);
        sum.durations.iter_mut().zip(&change.durations).for_each(|(sum, one)| sum.merge(one));
    }

    /// Ends the tick, and returns its sums.
    pub(super) fn finish(&mut self) -> Changes {
        self.last.iter_mut().zip(&self.next).for_each(|(last, sum)| last.add(&sum.totals));
        let changes = Changes::of(&self.next);
        for sum in &mut self.next {
            *sum = Change { series: sum.series, ..Change::default() };
        }
        changes
    }

    pub(super) fn last(&self) -> &[Totals] {
        &self.last
    }

    pub(super) fn find(&self, runtime: &str, is_blocking: bool) -> Option<usize> {
        self.keys.iter().position(|key| *key == (runtime, is_blocking))
    }

    /// The group's number. Adds the group if it is new.
    fn group_of(&mut self, key: &SeriesKey) -> usize {
        let key = (key.runtime(), key.kind() == Kind::Blocking);
        self.find(key.0, key.1).unwrap_or_else(|| {
            let series = self.keys.len();
            self.keys.push(key);
            self.last.push(Totals::default());
            self.next.push(Change { series, ..Change::default() });
            series
        })
    }

    #[cfg(test)]
    pub(super) fn of(&self, series: usize) -> usize {
        self.of[series]
    }
}
