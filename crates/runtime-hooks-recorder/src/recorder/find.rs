//! Looks up series by name. Several series can have the same name.

use super::snapshot::{SeriesSnapshot, Snapshot};

impl Snapshot {
    /// All tasks with this name, if they are of one kind, function and runtime.
    ///
    /// Tasks that one function's code spawns at several places are several series: this adds them up. One name on two
    /// runtimes is two series, and so are a task and a blocking closure of one name, or two functions `run` in two
    /// modules. If several series are left, this returns `None`: use [`find_all`](Self::find_all).
    ///
    /// ```
    /// use std::time::Duration;
    /// use runtime_hooks_recorder::{Kind, Outcome, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// let record = |runtime| {
    ///     recorder.record(Kind::Coroutine, "fetch", runtime, Outcome::FINISHED, Duration::ZERO);
    /// };
    /// record("tokio");
    /// assert_eq!(recorder.snapshot().find("fetch").unwrap().key.runtime(), "tokio");
    ///
    /// record("smol");
    /// let snapshot = recorder.snapshot();
    /// assert!(snapshot.find("fetch").is_none());
    /// let on_smol = snapshot.find_all("fetch").find(|series| series.key.runtime() == "smol");
    /// assert_eq!(on_smol.unwrap().ended(), 1);
    /// ```
    pub fn find(&self, name: &str) -> Option<SeriesSnapshot> {
        let named = self.find_all(name).cloned().collect();
        let mut merged = Self { series: named, ..Self::default() }.merged().series.into_iter();
        merged.next().filter(|_| merged.next().is_none())
    }

    /// Every series with this name, of any kind, call site and runtime, in the order in which they were first seen.
    pub fn find_all(&self, name: &str) -> impl Iterator<Item = &SeriesSnapshot> {
        self.series.iter().filter(move |series| series.key.name() == Some(name))
    }
}
