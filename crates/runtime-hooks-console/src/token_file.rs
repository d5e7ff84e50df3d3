//! The file that has the console's token.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// No token is longer: it must fit into a request's headers.
pub(crate) const MAX_BYTES: usize = 4_096;

/// What is in it: at most [`MAX_BYTES`] of UTF-8.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    // Before it is opened: to open a FIFO waits for a writer.
    is_regular(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    is_regular(&file.metadata()?)?;
    let mut bytes = Vec::new();
    // A byte more, so that one that is too long is told from one that is not.
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        let error = format!("it is longer than {MAX_BYTES} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, error));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

fn is_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    let error = || io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
    metadata.is_file().then_some(()).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn file(name: &str, content: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    }

    fn error(path: &Path) -> String {
        read(path).unwrap_err().to_string()
    }

    #[test]
    fn a_regular_file_is_read_up_to_its_limit() {
        let path = file("fits", &[b'a'; MAX_BYTES]);
        assert_eq!(read(&path).unwrap(), "a".repeat(MAX_BYTES));
        std::fs::write(&path, [b'a'; MAX_BYTES + 1]).unwrap();
        assert_eq!(error(&path), "it is longer than 4096 bytes");
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(error(&path), "it is not UTF-8");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_an_error_and_never_waited_for() {
        let fifo = std::env::temp_dir().join(format!("{}-fifo", std::process::id()));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [&fifo, &std::env::temp_dir(), Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(error(path), "it is not a regular file", "{}", path.display());
        }
        std::fs::remove_file(&fifo).unwrap();
    }
}
