//! Sums over all series of a runtime, tick by tick: what the overview shows, whatever the number of names.

use runtime_hooks_core::{Kind, Snapshot};

use super::Totals;
use super::codec::{Change, Changes};

/// A group has the async series of a runtime, or those of its blocking closures.
#[derive(Debug, Default)]
pub(super) struct Groups {
    keys: Vec<(&'static str, bool)>,
    /// The group of each series.
    of: Vec<usize>,
    /// Totals at the last tick, by group.
    last: Vec<Totals>,
}

impl Groups {
    /// A change of nothing for each group.
    pub(super) fn begin(&mut self, snapshot: &Snapshot) -> Vec<Change> {
        for series in &snapshot.series[self.of.len()..] {
            let key = (series.key.runtime(), series.key.kind() == Kind::ToThread);
            let group = self.keys.iter().position(|known| *known == key);
            self.of.push(group.unwrap_or(self.keys.len()));
            if group.is_none() {
                self.keys.push(key);
            }
        }
        self.last.resize_with(self.keys.len(), Totals::default);
        (0..self.keys.len()).map(|series| Change { series, ..Change::default() }).collect()
    }

    /// Adds the change of a series.
    pub(super) fn add(&self, sums: &mut [Change], change: &Change) {
        let sum = &mut sums[self.of[change.series]];
        sum.totals.add(&change.totals);
        sum.durations.iter_mut().zip(&change.durations).for_each(|(sum, one)| sum.merge(one));
    }

    /// The tick is over.
    pub(super) fn end(&mut self, sums: &[Change]) -> Changes {
        self.last.iter_mut().zip(sums).for_each(|(last, sum)| last.add(&sum.totals));
        Changes::of(sums)
    }

    pub(super) fn last(&self) -> &[Totals] {
        &self.last
    }

    pub(super) fn find(&self, runtime: &str, is_blocking: bool) -> Option<usize> {
        self.keys.iter().position(|key| *key == (runtime, is_blocking))
    }

    #[cfg(test)]
    pub(super) fn of(&self, series: usize) -> usize {
        self.of[series]
    }
}
