//! Merges the series that exporters do not tell apart.

use std::collections::HashMap;

use super::snapshot::{SeriesSnapshot, Snapshot};
use crate::series_key::SeriesKey;

impl Snapshot {
    /// The series as exporters show them: call sites of one function are one series. All counts, sums, histograms and
    /// extremes are exact.
    ///
    /// A snapshot itself tells call sites apart, like the table and the console. An exporter of your own merges first,
    /// so that a line that moves changes none of its series.
    #[must_use = "returns the merged snapshot"]
    pub fn merged(self) -> Self {
        self.merged_by(|key| key.clone().exported(false))
    }

    /// Merges the series for which `key` returns the same. The order is that of the first series of each.
    #[must_use = "returns the merged snapshot"]
    pub fn merged_by(self, mut key: impl FnMut(&SeriesKey) -> SeriesKey) -> Self {
        let mut at: HashMap<_, usize> = HashMap::with_capacity(self.series.len());
        let mut merged = Vec::<SeriesSnapshot>::with_capacity(self.series.len());
        for mut series in self.series {
            let key = key(&series.key);
            if let Some(at) = at.get(&key) {
                merged[*at].merge(&series);
            } else {
                at.insert(key.clone(), merged.len());
                series.key = key;
                merged.push(series);
            }
        }
        Self { series: merged, ..self }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use crate::recorder::{Measure, Recorder};
    use crate::state::{Kind, Outcome, State};

    #[test]
    fn merged_series_have_exact_counts_sums_and_extremes() {
        let recorder = Recorder::new();
        for (name, outcome, ms) in [
            ("a", Outcome::FINISHED, 3),
            ("b", Outcome::PANIC, 5),
            ("c", Outcome::FINISHED, 900),
            ("b", Outcome::FINISHED, 7),
        ] {
            recorder.record(Kind::Coroutine, name, "test", outcome, Duration::from_millis(ms));
        }
        let snapshot = recorder.snapshot();
        let name_of_all = snapshot.series[0].key.clone();
        let merged = snapshot.clone().merged_by(|key| match key.name() {
            Some("c") => key.clone(),
            _ => name_of_all.clone(),
        });
        let names: Vec<_> = merged.series.iter().map(|series| series.key.name()).collect();
        assert_eq!(names, [Some("a"), Some("c")]);
        let of_all = &merged.series[0];
        assert_eq!((of_all.spawned, of_all.active(), of_all.ended()), (3, 0, 3));
        assert_eq!([State::Finished, State::Exception].map(|state| of_all.ended_as(state)), [2, 1]);
        let duration = of_all.duration();
        assert_eq!(duration.sum(), Duration::from_millis(15));
        assert_eq!(duration.max(), Some(Duration::from_millis(7)));
        assert_eq!(duration.min(), Some(Duration::from_millis(3)));
        let measures: Vec<_> = of_all.histograms().map(|(measure, _)| measure).collect();
        assert_eq!(measures, [Outcome::FINISHED, Outcome::PANIC].map(Measure::Duration));
        assert_eq!(snapshot.clone().merged(), snapshot);
    }
}
