//! Which attribute sets are exported, so that no instrument has more of them than the SDK keeps.
//!
//! The SDK counts what exceeds its limit under one set without a name, `otel.metric.overflow`. Here the rest is counted
//! under `_OTHER` of its type, runtime and state instead.

use std::collections::HashSet;
use std::sync::Arc;

use runtime_hooks_recorder::catalog::ExportSettings;
use runtime_hooks_recorder::internals::overflow_key;
use runtime_hooks_recorder::{OVERFLOW_NAME, Outcome, SeriesKey, SeriesSnapshot, Snapshot, State};

/// Sets that are kept free for `_OTHER`: of 3 types, 3 runtimes and 4 states, and of most error types.
const RESERVED: usize = 128;
/// Those of them that have an error type.
const RESERVED_ERRORS: usize = RESERVED - 3 * 3 * 4;

/// The attribute sets that have been exported. A set that was exported once stays, so that no counter decreases.
#[derive(Debug)]
pub(crate) struct AttributeSets {
    settings: ExportSettings,
    /// The sets of instruments without a state.
    series: HashSet<SeriesKey>,
    /// The sets of instruments with a state.
    ended: HashSet<(SeriesKey, Outcome)>,
    /// Those of them that are of `_OTHER`.
    folded: HashSet<(SeriesKey, Outcome)>,
}

impl AttributeSets {
    pub(crate) fn new(settings: ExportSettings) -> Self {
        let (series, ended, folded) = (HashSet::new(), HashSet::new(), HashSet::new());
        Self { settings, series, ended, folded }
    }

    /// The key under which a recorded series is exported.
    pub(crate) fn key_of(&mut self, recorded: &SeriesKey) -> SeriesKey {
        let key = self.settings.key_of(recorded);
        if key.is_overflow() || self.series.contains(&key) {
            return key;
        }
        if self.series.len() < self.limit() {
            self.series.insert(key.clone());
            return key;
        }
        overflow_key(key)
    }

    /// The key and outcome under which the ends of an exported series are exported.
    pub(crate) fn ended(&mut self, key: SeriesKey, outcome: Outcome) -> (SeriesKey, Outcome) {
        if key.is_overflow() {
            return self.folded(key, outcome);
        }
        let set = (key, outcome);
        if self.ended.contains(&set) {
            return set;
        }
        if self.ended.len() < self.limit() {
            self.ended.insert(set.clone());
            return set;
        }
        self.folded(overflow_key(set.0), outcome)
    }

    /// The outcome with which an end is exported; `None` if it is not.
    pub(crate) fn outcome_of(&self, outcome: Outcome) -> Option<Outcome> {
        self.settings.outcome_of(outcome)
    }

    fn folded(&mut self, other: SeriesKey, outcome: Outcome) -> (SeriesKey, Outcome) {
        let set = (other, outcome);
        if self.folded.contains(&set) || outcome.error_type().is_none() {
            return set;
        }
        if self.folded.len() < RESERVED_ERRORS.min(self.settings.cardinality_limit / 4) {
            self.folded.insert(set.clone());
            return set;
        }
        let outcome = match outcome.state() {
            State::Timeout => Outcome::timeout(OVERFLOW_NAME),
            _ => Outcome::exception(OVERFLOW_NAME),
        };
        (set.0, outcome)
    }

    /// The sets that are not of `_OTHER`.
    fn limit(&self) -> usize {
        let limit = self.settings.cardinality_limit;
        limit - RESERVED.min(limit / 2)
    }

    /// The series as they are exported.
    pub(crate) fn export(&mut self, mut snapshot: Snapshot) -> Exported {
        snapshot.series.iter_mut().for_each(|series| self.settings.map_outcomes(series));
        let series = Arc::new(snapshot.merged_by(|key| self.key_of(key)));
        let ended = self.fold(&series).map_or_else(|| Arc::clone(&series), Arc::new);
        Exported { series, ended }
    }

    /// The snapshot with the ends that are counted elsewhere; `None` if there are none.
    fn fold(&mut self, snapshot: &Snapshot) -> Option<Snapshot> {
        let mut moved = Vec::new();
        for (number, series) in snapshot.series.iter().enumerate() {
            for (outcome, durations) in &series.ended {
                let to = self.ended(series.key.clone(), *outcome);
                if to.0 != series.key || to.1 != *outcome {
                    moved.push((number, *outcome, to, durations));
                }
            }
        }
        if moved.is_empty() {
            return None;
        }
        let mut folded = snapshot.clone();
        for (number, outcome, (key, as_outcome), durations) in moved {
            folded.series[number].ended.retain(|(known, _)| *known != outcome);
            let mut other = SeriesSnapshot::empty(key);
            other.ended.push((as_outcome, durations.clone()));
            folded.series.push(other);
        }
        Some(folded.merged_by(SeriesKey::clone))
    }
}

/// A snapshot as it is exported.
#[derive(Debug, Default)]
pub(crate) struct Exported {
    /// For instruments without a state.
    pub(crate) series: Arc<Snapshot>,
    /// For instruments with a state.
    pub(crate) ended: Arc<Snapshot>,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use runtime_hooks_recorder::{Kind, Recorder};

    use super::*;

    fn sets(limit: usize) -> AttributeSets {
        let mut settings = ExportSettings::default();
        settings.cardinality_limit = limit;
        AttributeSets::new(settings)
    }

    fn record(recorder: &Recorder, name: usize, outcome: Outcome) {
        let took = Duration::from_millis(3);
        recorder.record(Kind::Coroutine, format!("job_{name}"), "tokio", outcome, took);
    }

    fn number_of_sets(exported: &Exported) -> (usize, usize) {
        let of_ended = exported.ended.series.iter().map(|series| series.ended.len());
        (exported.series.series.len(), of_ended.sum())
    }

    #[test]
    fn no_instrument_has_more_sets_than_the_limit_and_totals_stay() {
        let (recorder, mut sets) = (Recorder::builder().max_names(5_000).build(), sets(400));
        for name in 0..1_000 {
            record(&recorder, name, Outcome::FINISHED);
            record(&recorder, name, Outcome::CANCELLED);
        }
        let exported = sets.export(recorder.snapshot());
        // 272 of names, and `_OTHER`, which has both states.
        assert_eq!(number_of_sets(&exported), (273, 274));
        for snapshot in [&exported.series, &exported.ended] {
            assert_eq!(snapshot.ended_as(State::Finished), 1_000);
            assert_eq!(snapshot.ended_as(State::Cancelled), 1_000);
        }
        assert_eq!(exported.series.spawned(), 2_000);
        assert_eq!(exported.series.active(), 0);
    }

    #[test]
    fn a_set_that_was_exported_stays() {
        let (recorder, mut sets) = (Recorder::new(), sets(4));
        (0..2).for_each(|name| record(&recorder, name, Outcome::FINISHED));
        let names = |exported: &Exported| {
            let names = exported.ended.series.iter().filter(|series| !series.ended.is_empty());
            names
                .map(|series| (series.key.name().unwrap().to_owned(), series.ended()))
                .collect::<Vec<_>>()
        };
        let first = names(&sets.export(recorder.snapshot()));
        assert_eq!(first, [("job_0".to_owned(), 1), ("job_1".to_owned(), 1)]);
        for name in [0, 1, 2, 3] {
            record(&recorder, name, Outcome::CANCELLED);
            record(&recorder, name, Outcome::FINISHED);
        }
        let second = names(&sets.export(recorder.snapshot()));
        let expected = [("job_0", 2), ("job_1", 2), (OVERFLOW_NAME, 6)];
        assert_eq!(second, expected.map(|(name, ended)| (name.to_owned(), ended)));
    }

    #[test]
    fn error_types_beyond_the_reserve_are_counted_as_other() {
        let (recorder, mut sets) = (Recorder::new(), sets(8));
        for error in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            record(&recorder, 0, Outcome::exception(error));
        }
        let exported = sets.export(recorder.snapshot());
        let of_name = &exported.ended.series[0];
        assert_eq!((of_name.key.name(), of_name.ended.len()), (Some("job_0"), 4));
        let other = &exported.ended.series[1];
        let errors: Vec<_> = other
            .ended
            .iter()
            .map(|(outcome, d)| (outcome.error_type().unwrap(), d.count()))
            .collect();
        assert_eq!(errors, [(OVERFLOW_NAME, 2), ("e", 1), ("f", 1)]);
        assert_eq!(number_of_sets(&exported).1, 7);
    }
}
