//! Configures and starts a writer.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use runtime_hooks_recorder::internals::{HookGuard, Redact};
use runtime_hooks_recorder::{Disclosure, Field, Recorder, SeriesSnapshot};

use super::handle::FlightWriter;
use super::panic_hook;
use super::requests::Requests;
use super::shared::{Beside, Shared, recorder_or_global};
use super::thread::{Condition, Job};
use crate::folder::Folder;
use crate::limit::Limit;
use crate::private_file;
use crate::record::{FlightFormat, FlightRecord};

/// Configures a [`FlightWriter`].
#[must_use = "a builder does nothing until `start`"]
#[expect(clippy::struct_excessive_bools, reason = "one for each reason, set by name")]
pub struct FlightWriterBuilder {
    folder: Folder,
    format: FlightFormat,
    interval: Duration,
    recorder: Option<Recorder>,
    disclosure: Disclosure,
    redact: Option<Redact>,
    on_panic: bool,
    on_slow_poll: bool,
    on_stall: bool,
    on_signal: bool,
    on_abort: bool,
    conditions: Vec<Condition>,
    beside: Option<Beside>,
}

impl FlightWriter {
    /// Configures a writer of records into this folder, which is made if it is missing.
    pub fn builder(folder: impl Into<PathBuf>) -> FlightWriterBuilder {
        FlightWriterBuilder::new(folder.into())
    }
}

impl FlightWriterBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            folder: Folder { path, max_files: 16, max_bytes: 256 << 20 },
            format: FlightFormat::Perfetto,
            interval: Duration::from_secs(10),
            recorder: None,
            disclosure: Disclosure::Full,
            redact: None,
            on_panic: true,
            on_slow_poll: false,
            on_stall: false,
            on_signal: false,
            on_abort: false,
            conditions: Vec::new(),
            beside: None,
        }
    }

    /// Sets the format. Default [`FlightFormat::Perfetto`].
    pub fn format(mut self, format: FlightFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets how many records are kept, 1 at least. Default 16.
    pub fn max_files(mut self, files: usize) -> Self {
        self.folder.max_files = files.max(1);
        self
    }

    /// Sets how many bytes all records together may have. Default 256 MiB. A larger record is not written.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.folder.max_bytes = bytes;
        self
    }

    /// Sets how long no further record is written by itself after one. Default 10 s. Panics count apart from all else, and
    /// one that may end the process has its record in any case.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets the recorder. Default: the global one.
    pub fn recorder(mut self, recorder: Recorder) -> Self {
        self.recorder = Some(recorder);
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

    /// Sets what makes a text that is written beside a record, under the same name with the extension `txt`, for
    /// example a task dump. It is called on the thread that writes the record, when that is written. `None`: no file. The end
    /// of the process does not wait for it: after an abort, or a panic of the main thread, there is none.
    ///
    /// A function that panics is a diagnostic, and is not called any more after its second panic.
    pub fn beside(mut self, text: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        let guard = HookGuard::new("the text beside a flight record");
        self.beside = Some(Beside { guard, text: Box::new(text) });
        self
    }

    /// How much a record shows.
    #[doc(hidden)]
    pub fn disclosure(&self) -> (Disclosure, Option<Redact>) {
        (self.disclosure, self.redact.clone())
    }

    /// Writes a record when a thread panics. Default true.
    ///
    /// The panic hook asks for it and calls the hook before it. Where the panic may end the process, on the main thread
    /// and with `panic = "abort"`, it waits for the record, for 1 s at most, and the record has the newest 32 768 events.
    /// Set a panic hook of your own before, or call the one before it: else it replaces this one.
    pub fn on_panic(mut self, write: bool) -> Self {
        self.on_panic = write;
        self
    }

    /// Writes a record after a poll that is longer than the threshold of slow polls, `Config::slow_poll`: one in each
    /// interval while there are such polls. Default false.
    ///
    /// The writer's thread reads the counts once a second.
    pub fn on_slow_poll(mut self, write: bool) -> Self {
        self.on_slow_poll = write;
        self
    }

    /// Writes a record after a watchdog has seen a task that holds its thread: one in each interval while there are such
    /// tasks. Default false.
    ///
    /// The writer's thread reads the counts once a second.
    pub fn on_stall(mut self, write: bool) -> Self {
        self.on_stall = write;
        self
    }

    /// Writes a record on SIGUSR2. Default false. Only on Unix; elsewhere nothing happens.
    ///
    /// Handlers that the program has for this signal are called too.
    pub fn on_signal(mut self, write: bool) -> Self {
        self.on_signal = write;
        self
    }

    /// Writes a record on SIGABRT: `std::process::abort`, a panic inside a panic, `abort` of C. Default false. Only on
    /// Unix; elsewhere nothing happens.
    ///
    /// The thread that aborts waits for the record, for 1.2 s at most, and the record has the newest 32 768 events. There is
    /// none if that thread holds a lock that the writer's thread needs, such as the allocator's. A segmentation fault or a
    /// stack overflow is another signal and leaves no record.
    pub fn on_abort(mut self, write: bool) -> Self {
        self.on_abort = write;
        self
    }

    /// Writes a record when a condition of the program begins to hold; if it does so within the interval of the record
    /// before, when that is over. It is evaluated once a second, on the writer's thread. `reason` becomes a part of the
    /// file's name.
    ///
    /// A condition that panics is a diagnostic, and is not evaluated any more after its second panic.
    pub fn when(mut self, reason: &str, holds: impl FnMut() -> bool + Send + 'static) -> Self {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let reason = reason.chars().map(|letter| if is_plain(letter) { letter } else { '_' });
        let guard = HookGuard::new("a condition of a flight writer");
        let (reason, holds) = (reason.take(64).collect(), Box::new(holds));
        self.conditions.push(Condition::new(reason, guard, holds));
        self
    }

    /// Makes the folder and starts the writer's thread.
    ///
    /// # Errors
    ///
    /// If the system cannot make the folder or start a thread.
    pub fn start(self) -> io::Result<FlightWriter> {
        private_file::make_folder(&self.folder.path)?;
        let Self { folder, format, interval, recorder, disclosure, redact, beside, .. } = self;
        let of_record = recorder.clone();
        let record = move || {
            let record = FlightRecord::of(&recorder_or_global(of_record.as_ref()));
            record.disclose(disclosure).with_redaction(redact.clone())
        };
        let shared = Arc::new(Shared {
            folder,
            format,
            record: Box::new(record),
            beside,
            limit: Limit::new(interval),
            panic_limit: Limit::new(interval),
            requests: Requests::new(),
            thread: OnceLock::new(),
        });
        let mut conditions = self.conditions;
        if self.on_slow_poll {
            let slow_polls = |series: &SeriesSnapshot| series.slow_polls;
            conditions.push(Condition::more("slow_poll", recorder.clone(), slow_polls));
        }
        if self.on_stall {
            conditions.push(Condition::more("stall", recorder, |series| series.stalls));
        }
        Job::new(conditions, self.on_signal, self.on_abort)?.start(&shared)?;
        if self.on_panic {
            panic_hook::add(&shared);
        }
        Ok(FlightWriter(shared))
    }
}

impl fmt::Debug for FlightWriterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightWriterBuilder")
            .field("folder", &self.folder)
            .field("format", &self.format)
            .field("interval", &self.interval)
            .field("on_panic", &self.on_panic)
            .field("on_slow_poll", &self.on_slow_poll)
            .field("on_stall", &self.on_stall)
            .field("on_signal", &self.on_signal)
            .field("on_abort", &self.on_abort)
            .field("conditions", &self.conditions.len())
            .finish_non_exhaustive()
    }
}
