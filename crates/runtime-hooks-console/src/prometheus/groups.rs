//! Which series are written as one.

use std::collections::HashMap;

use runtime_hooks_recorder::catalog::ExportSettings;
use runtime_hooks_recorder::{SeriesKey, SeriesSnapshot};

use super::format::Format;
use super::row::Row;

/// The rows that series are added up in, by the keys that are shown of them.
pub(super) struct Groups {
    /// By number of the series.
    row_of: Vec<usize>,
    keys: Vec<SeriesKey>,
}

impl Groups {
    pub(super) fn new(keys: Vec<SeriesKey>) -> Self {
        let (mut rows, mut of) = (HashMap::new(), Vec::new());
        let row_of = keys.into_iter().map(|key| {
            *rows.entry(key).or_insert_with_key(|key| {
                of.push(key.clone());
                of.len() - 1
            })
        });
        Self { row_of: row_of.collect(), keys: of }
    }

    pub(super) fn row_of(&self, series: usize) -> Option<usize> {
        self.row_of.get(series).copied()
    }

    /// A row is made when its last series was read, so that few histograms are in memory at a time. A series that was
    /// added since has no row.
    pub(super) fn rows(
        &self,
        all: impl Iterator<Item = SeriesSnapshot>,
        settings: &ExportSettings,
        format: Format,
    ) -> Vec<Row> {
        let mut left = vec![0; self.keys.len()];
        self.row_of.iter().for_each(|row| left[*row] += 1);
        let mut sums: Vec<Option<SeriesSnapshot>> = vec![None; self.keys.len()];
        let mut rows: Vec<Option<Row>> = self.keys.iter().map(|_| None).collect();
        for (mut series, row) in all.zip(&self.row_of) {
            series.key = self.keys[*row].clone();
            settings.map_outcomes(&mut series);
            let sum = match sums[*row].take() {
                None => series,
                Some(mut sum) => {
                    sum.merge(&series);
                    sum
                }
            };
            left[*row] -= 1;
            if left[*row] == 0 {
                rows[*row] = Some(Row::new(&sum, format));
            } else {
                sums[*row] = Some(sum);
            }
        }
        rows.into_iter().flatten().collect()
    }
}
