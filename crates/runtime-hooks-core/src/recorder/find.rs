//! Looks a series up by its name, which others may have too.

use std::error::Error;
use std::fmt;

use super::series::SeriesKey;
use super::snapshot::{SeriesSnapshot, Snapshot};

impl Snapshot {
    /// The series with this name, if there is exactly one.
    ///
    /// The same name on two runtimes is two series, and so is a task and a blocking closure of the same name: then the
    /// error lists them, and [`find_all`](Self::find_all) has them.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runtime_hooks_core::{Kind, Outcome, Recorder};
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
    /// assert!(snapshot.find("fetch").unwrap_err().is_ambiguous());
    /// let on_smol = snapshot.find_all("fetch").find(|series| series.key.runtime() == "smol");
    /// assert_eq!(on_smol.unwrap().ended(), 1);
    /// ```
    pub fn find(&self, name: &str) -> Result<&SeriesSnapshot, FindError> {
        let mut found = self.find_all(name);
        if let (Some(series), None) = (found.next(), found.next()) {
            return Ok(series);
        }
        let keys = self.find_all(name).map(|series| series.key.clone()).collect();
        Err(FindError { name: name.to_owned(), keys })
    }

    /// Every series with this name, of whatever kind and runtime, in the order in which they were first seen.
    pub fn find_all(&self, name: &str) -> impl Iterator<Item = &SeriesSnapshot> {
        self.series.iter().filter(move |series| series.key.name() == Some(name))
    }
}

/// Why [`Snapshot::find`] has no series: none has the name, or several have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindError {
    name: String,
    keys: Vec<SeriesKey>,
}

impl FindError {
    /// Whether no series has the name.
    pub fn is_absent(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether several series have the name.
    pub fn is_ambiguous(&self) -> bool {
        !self.is_absent()
    }
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, keys } = self;
        if keys.is_empty() {
            return write!(f, "no series is named {name:?}");
        }
        write!(f, "{} series are named {name:?}:", keys.len())?;
        for (place, key) in keys.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma} {} on {}", key.kind(), key.runtime())?;
        }
        f.write_str("; choose one of them with `Snapshot::find_all`")
    }
}

impl Error for FindError {}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use crate::{Kind, Outcome, Recorder};

    #[test]
    fn an_error_names_what_was_looked_for_and_what_there_is() {
        let recorder = Recorder::new();
        for (kind, runtime) in [(Kind::Coroutine, "tokio"), (Kind::ToThread, "smol")] {
            recorder.record(kind, "job", runtime, Outcome::FINISHED, Duration::ZERO);
        }
        let snapshot = recorder.snapshot();
        let absent = snapshot.find("jobs").unwrap_err();
        assert!(absent.is_absent() && !absent.is_ambiguous());
        assert_eq!(absent.to_string(), "no series is named \"jobs\"");
        let ambiguous = snapshot.find("job").unwrap_err();
        assert!(ambiguous.is_ambiguous() && !ambiguous.is_absent());
        assert_eq!(
            ambiguous.to_string(),
            "2 series are named \"job\": coroutine on tokio, to_thread on smol; \
             choose one of them with `Snapshot::find_all`"
        );
        assert!(
            snapshot
                .find_all("job")
                .map(|series| series.key.kind())
                .eq([Kind::Coroutine, Kind::ToThread])
        );
    }
}
