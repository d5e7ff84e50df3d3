//! What the handles, the thread and the panic hook of a writer share.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use runtime_hooks_recorder::Recorder;
use runtime_hooks_recorder::internals::{HookGuard, ServiceThread};

use super::requests::Requests;
use crate::folder::Folder;
use crate::limit::Limit;
use crate::record::{FlightFormat, FlightRecord};

/// One writer.
pub(super) struct Shared {
    pub(super) folder: Folder,
    pub(super) format: FlightFormat,
    /// Reads the record, with what decides how much it shows.
    pub(super) record: Box<dyn Fn() -> FlightRecord + Send + Sync>,
    pub(super) beside: Option<Beside>,
    pub(super) limit: Limit,
    /// Panics have a limit of their own, so that no other reason prevents their record.
    pub(super) panic_limit: Limit,
    pub(super) requests: Requests,
    pub(super) thread: OnceLock<ServiceThread>,
}

impl Shared {
    /// Writes a record of the newest events now, this many at most.
    pub(super) fn write(&self, reason: &str, most: usize) -> io::Result<PathBuf> {
        let record = (self.record)().newest(most);
        let content = record.to_bytes(self.format);
        self.folder.keep(&content, reason, self.format.extension(), record.taken)
    }

    /// Writes the text beside the record with this path, if there is one.
    pub(super) fn write_beside(&self, record: &Path) -> io::Result<()> {
        let Some(beside) = &self.beside else { return Ok(()) };
        let Some(text) = beside.guard.call("text", &beside.text).flatten() else { return Ok(()) };
        Folder::keep_beside(record, text.as_bytes())
    }
}

/// What makes the text beside a record: code of the program.
pub(super) struct Beside {
    pub(super) guard: HookGuard,
    pub(super) text: Box<dyn Fn() -> Option<String> + Send + Sync>,
}

/// The recorder that is read if none is set: the global one at the time of each record.
pub(super) fn recorder_or_global(recorder: Option<&Recorder>) -> Recorder {
    recorder.cloned().unwrap_or_else(Recorder::global)
}
