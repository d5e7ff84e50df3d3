//! The console's token: a text, or the content of a file.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::error::{ConsoleError, Kind};

/// The longest token: it must fit into a request's headers.
const MAX_BYTES: usize = 4_096;

/// Where the token is.
#[derive(Clone)]
pub(crate) enum TokenSource {
    Text(String),
    File(PathBuf),
}

impl TokenSource {
    /// The token, without white space around it.
    pub(crate) fn read(&self) -> Result<String, ConsoleError> {
        let token = match self {
            Self::Text(token) => token.clone(),
            Self::File(path) => {
                let read = read_file(path);
                read.map_err(|source| ConsoleError(Kind::TokenFile(path.clone(), source)))?
            }
        };
        match token.trim() {
            "" => Err(ConsoleError(Kind::EmptyToken)),
            token if token.len() > MAX_BYTES || token.contains(char::is_control) => {
                Err(ConsoleError(Kind::UnusableToken { max_bytes: MAX_BYTES }))
            }
            token => Ok(token.to_owned()),
        }
    }
}

/// Without the token.
impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// The content of a regular file: at most [`MAX_BYTES`] of UTF-8.
fn read_file(path: &Path) -> io::Result<String> {
    // Before it is opened: opening a FIFO waits for a writer.
    check_is_regular(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    check_is_regular(&file.metadata()?)?;
    let mut bytes = Vec::new();
    // One more byte detects a file that is too long.
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        let error = format!("it is longer than {MAX_BYTES} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, error));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

fn check_is_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    let error = || io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
    metadata.is_file().then_some(()).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    }

    fn error(path: &Path) -> String {
        read_file(path).unwrap_err().to_string()
    }

    #[test]
    fn a_regular_file_is_read_up_to_its_limit() {
        let path = file("fits", &[b'a'; MAX_BYTES]);
        assert_eq!(read_file(&path).unwrap(), "a".repeat(MAX_BYTES));
        std::fs::write(&path, [b'a'; MAX_BYTES + 1]).unwrap();
        assert_eq!(error(&path), "it is longer than 4096 bytes");
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(error(&path), "it is not UTF-8");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read_file(&path).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_a_directory_or_a_device_is_an_error_at_once() {
        let fifo = std::env::temp_dir().join(format!("{}-fifo", std::process::id()));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [&fifo, &std::env::temp_dir(), Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(error(path), "it is not a regular file", "{}", path.display());
        }
        std::fs::remove_file(&fifo).unwrap();
    }
}
