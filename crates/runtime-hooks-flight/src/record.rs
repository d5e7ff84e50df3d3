//! A flight record that can be written.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Policy, Redact, emit};
use runtime_hooks_recorder::{Disclosure, Field, Flight, Recorder, Severity};

use crate::firefox::firefox;
use crate::labels::Texts;
use crate::perfetto::perfetto;
use crate::private_file;

/// What the threads of a program did last, to be written for a viewer.
///
/// It is a [`Flight`], and has what decides how much of names and paths a file shows.
///
/// ```
/// use runtime_hooks_flight::FlightRecord;
/// use runtime_hooks_recorder::Recorder;
///
/// let path = std::env::temp_dir().join(format!("flight-{}", std::process::id())).join("last.pftrace");
/// let record = FlightRecord::of(&Recorder::global());
/// record.write(&path)?; // open it with https://ui.perfetto.dev
/// println!("{} events, {} overwritten", record.events.len(), record.overwritten);
/// # std::fs::remove_dir_all(path.parent().unwrap())?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a record does nothing until it is written"]
pub struct FlightRecord {
    flight: Flight,
    disclosure: Disclosure,
    redact: Option<Redact>,
    texts: Option<Texts>,
}

/// Why a record can be empty.
const NO_EVENTS: &str = "recording is off, or no task was spawned through runtime-hooks";

/// What a file contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlightFormat {
    /// Perfetto's protobuf, for <https://ui.perfetto.dev>: `.pftrace`. Threads and tasks are tracks, arrows lead from wakes
    /// to polls.
    #[default]
    Perfetto,
    /// A profile for <https://profiler.firefox.com>, in JSON: `.json`. Polls are markers of their threads.
    Firefox,
}

impl FlightFormat {
    /// The end of a file's name: `pftrace` or `json`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Perfetto => "pftrace",
            Self::Firefox => "json",
        }
    }
}

impl FlightRecord {
    /// What a recorder's threads did until now.
    pub fn of(recorder: &Recorder) -> Self {
        Self::from(recorder.flight())
    }

    /// Removes the events that ended more than `limit` before the record was taken.
    pub fn last(mut self, limit: Duration) -> Self {
        self.flight = self.flight.last(limit);
        self
    }

    /// Removes all but this many events, the newest ones.
    pub fn newest(mut self, events: usize) -> Self {
        let old = self.flight.events.len().saturating_sub(events);
        if old > 0 {
            self.flight = self.flight.without_first(old);
        }
        self
    }

    /// Sets how much is shown of names, source paths and types. Default [`Disclosure::Full`].
    pub fn disclose(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = disclosure;
        self
    }

    /// Sets a function that removes secrets from a text before it is written. A text for which it panics is not written.
    pub fn redact(
        mut self,
        redact: impl for<'t> Fn(Field, &'t str) -> Cow<'t, str> + Send + Sync + 'static,
    ) -> Self {
        self.redact = Some(Arc::new(redact));
        self
    }

    pub(crate) fn with_redaction(mut self, redact: Option<Redact>) -> Self {
        self.redact = redact;
        self
    }

    /// Sets the texts, instead of those that follow from the settings above.
    #[doc(hidden)]
    pub fn texts(mut self, texts: Texts) -> Self {
        self.texts = Some(texts);
        self
    }

    /// The content of a file of this format.
    pub fn to_bytes(&self, format: FlightFormat) -> Vec<u8> {
        let policy = Policy::new(self.disclosure, self.redact.clone());
        let of_policy = || Texts::of(&self.flight, &policy);
        let mut texts = self.texts.clone().unwrap_or_else(of_policy);
        // One without a text has no name: it must not show what a policy hides.
        let (series, threads) = (&mut texts.series, &mut texts.threads);
        series.resize_with(series.len().max(self.series.len()), Default::default);
        threads.resize_with(threads.len().max(self.threads.len()), Default::default);
        match format {
            FlightFormat::Perfetto => perfetto(&self.flight, &texts),
            FlightFormat::Firefox => firefox(&self.flight, &texts),
        }
    }

    /// Writes a file: for the Firefox Profiler if its name ends in `.json`, else for Perfetto.
    ///
    /// Only the owner can read the file, and a folder that is missing is made for its owner alone. The file is complete
    /// when it appears under its name, and replaces one of the same name.
    ///
    /// # Errors
    ///
    /// If the system cannot make the folder or write the file. The error names the path.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        if self.events.is_empty() {
            emit(Severity::Warning, format_args!("a flight record without events: {NO_EVENTS}"));
        }
        let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let format = if is_json { FlightFormat::Firefox } else { FlightFormat::Perfetto };
        private_file::write(path, &self.to_bytes(format))
    }
}

impl From<Flight> for FlightRecord {
    fn from(flight: Flight) -> Self {
        Self { flight, disclosure: Disclosure::Full, redact: None, texts: None }
    }
}

impl Deref for FlightRecord {
    type Target = Flight;

    fn deref(&self) -> &Flight {
        &self.flight
    }
}

impl fmt::Debug for FlightRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightRecord")
            .field("events", &self.flight.events.len())
            .field("disclosure", &self.disclosure)
            .field("redacts", &self.redact.is_some())
            .finish_non_exhaustive()
    }
}
