//! What the handles, the thread and the panic hook of a writer share.

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use runtime_hooks_recorder::Recorder;
use runtime_hooks_recorder::internals::ServiceThread;

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
}

/// The recorder that is read if none is set: the global one at the time of each record.
pub(super) fn recorder_or_global(recorder: Option<&Recorder>) -> Recorder {
    recorder.cloned().unwrap_or_else(Recorder::global)
}
