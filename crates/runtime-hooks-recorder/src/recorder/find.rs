//! Looks up series by name. Several series can have the same name.

use super::snapshot::{SeriesSnapshot, Snapshot};

impl Snapshot {
    /// The series with this name, if there is exactly one.
    ///
    /// One name on two runtimes is two series, and so are a task and a blocking closure of one name. If several
    /// series have the name, this returns `None`: use [`find_all`](Self::find_all).
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
    pub fn find(&self, name: &str) -> Option<&SeriesSnapshot> {
        let mut found = self.find_all(name);
        found.next().filter(|_| found.next().is_none())
    }

    /// Every series with this name, of any kind and runtime, in the order in which they were first seen.
    pub fn find_all(&self, name: &str) -> impl Iterator<Item = &SeriesSnapshot> {
        self.series.iter().filter(move |series| series.key.name() == Some(name))
    }
}
