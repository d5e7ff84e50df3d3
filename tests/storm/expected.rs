//! The expected counts, incremented by the code that starts each task.

use std::collections::BTreeMap;
use std::fmt;

use runtime_hooks::{Kind, Snapshot, State};

/// By kind, runtime and state. Names are not compared, since they are capped and any of them may be counted as `_OTHER`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected(BTreeMap<Key, u64>);

type Key = (&'static str, &'static str, &'static str);

impl Expected {
    pub(crate) fn count(&mut self, kind: Kind, runtime: &'static str, state: State, times: u64) {
        if times > 0 {
            *self.0.entry((kind.as_str(), runtime, state.as_str())).or_default() += times;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(key, count)| *self.0.entry(*key).or_default() += count);
    }

    /// Asserts that the snapshot has exactly these ends, and no active task.
    pub(crate) fn assert_is(&self, snapshot: &Snapshot, whose: &str) {
        let mut recorded = BTreeMap::new();
        for series in &snapshot.series {
            assert_eq!(series.active(), 0, "{whose}: {:?} is not over", series.key);
            assert_eq!(series.spawned, series.ended(), "{whose}: {:?}", series.key);
            for (outcome, duration) in &series.ended {
                let state = outcome.state().as_str();
                let key = (series.key.kind().as_str(), series.key.runtime(), state);
                *recorded.entry(key).or_default() += duration.count();
            }
        }
        assert_eq!(recorded, self.0, "{whose}: recorded, and what was done");
        assert!(snapshot.overflow() > 0, "too few names to overflow");
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((kind, runtime, state), count) in &self.0 {
            writeln!(f, "{kind:10} {runtime:10} {state:10} {count:>12}")?;
        }
        write!(f, "all counted, exactly: {}", self.0.values().sum::<u64>())
    }
}
