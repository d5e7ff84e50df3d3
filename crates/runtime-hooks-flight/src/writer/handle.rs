//! The handle of a writer.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;

/// Writes the flight record into a folder when something happens. A cheap handle.
///
/// What starts it is [configured](crate::FlightWriterBuilder): a panic, slow polls, SIGUSR2, a condition of the program.
/// It writes at most one record in each interval, and deletes the oldest ones beyond its limits. Records are written by a
/// thread of its own, `runtime-hooks-flight`. A record that cannot be written is one diagnostic, until one can be written
/// again.
///
/// A process that is killed (SIGKILL) or faults leaves no record of its last moment, and one that aborts only where that is
/// asked for.
///
/// ```
/// use runtime_hooks_flight::FlightWriter;
///
/// let folder = std::env::temp_dir().join(format!("flight-doc-{}", std::process::id()));
/// let writer = FlightWriter::builder(&folder).max_files(8).start()?;
/// let path = writer.write()?;
/// println!("{}", path.display());
/// assert!(writer.stop());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct FlightWriter(pub(super) Arc<Shared>);

impl FlightWriter {
    /// Writes a record now, on the calling thread, whatever the interval is. Returns its path.
    ///
    /// # Errors
    ///
    /// If the system cannot write the file, or if the record is larger than all records may be.
    pub fn write(&self) -> io::Result<PathBuf> {
        let path = self.0.write("request", usize::MAX)?;
        self.0.write_beside(&path)?;
        Ok(path)
    }

    /// The folder of the records.
    pub fn folder(&self) -> &Path {
        &self.0.folder.path
    }

    /// Stops writing, and waits 5 s at most until the thread has ended. Returns whether it has.
    pub fn stop(&self) -> bool {
        self.stop_within(Duration::from_secs(5))
    }

    /// As [`stop`](Self::stop), with a given limit. Can be called repeatedly.
    pub fn stop_within(&self, limit: Duration) -> bool {
        self.0.requests.stop();
        self.0.thread.get().is_none_or(|thread| thread.join_within(limit))
    }
}

impl fmt::Debug for FlightWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightWriter").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}
