//! What the leaves wait for: the other ends, which block.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Longer than the test runs.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

/// Two ends of a connection. The first does not block.
pub(crate) fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    first.set_nonblocking(true).unwrap();
    (first, listener.accept().unwrap().0)
}

/// A listener that does not block.
pub(crate) fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

/// A pipe with a name, which blocks who opens one end until another opens the other.
pub(crate) struct Fifo {
    folder: tempfile::TempDir,
}

impl Fifo {
    pub(crate) fn new() -> Self {
        let fifo = Self { folder: tempfile::tempdir().unwrap() };
        let made = Command::new("mkfifo").arg(AsRef::<OsStr>::as_ref(&fifo.path())).status();
        assert!(made.unwrap().success());
        fifo
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("fifo")
    }

    /// Lets who reads it go.
    pub(crate) fn write(self) {
        std::fs::write(self.path(), "1").unwrap();
    }
}
