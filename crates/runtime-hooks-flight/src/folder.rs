//! A folder of records, limited in number and bytes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::private_file;

/// Where records are kept, and how many.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) max_files: usize,
    pub(crate) max_bytes: u64,
}

/// Two records of one millisecond differ in this number.
static NEXT: AtomicU64 = AtomicU64::new(1);
/// What the names of our files begin with. Other files in the folder are left alone.
const PREFIX: &str = "flight-";
/// The extension of a text beside a record.
const BESIDE: &str = "txt";

impl Folder {
    /// Keeps a record, and deletes the oldest ones beyond the limits. Returns its path.
    ///
    /// # Errors
    ///
    /// If the system cannot write it, or if it alone is larger than the limit.
    pub(crate) fn keep(
        &self,
        content: &[u8],
        reason: &str,
        extension: &str,
        at: u64,
    ) -> io::Result<PathBuf> {
        let size = content.len() as u64;
        if size > self.max_bytes {
            let limit = self.max_bytes;
            let message = format!("a record of {size} bytes is larger than the limit of {limit}");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        private_file::make_folder(&self.path)?;
        // First, so that a full disk has room.
        self.make_room(size)?;
        let (seconds, millis) = (at / 1_000_000_000, at / 1_000_000 % 1_000);
        let (id, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("{PREFIX}{seconds}-{millis:03}-{id}-{number}-{reason}.{extension}");
        let path = self.path.join(name);
        private_file::write(&path, content)?;
        Ok(path)
    }

    /// Writes a text beside a record. It is deleted together with the record, and its bytes count.
    ///
    /// # Errors
    ///
    /// If the system cannot write it.
    pub(crate) fn keep_beside(record: &Path, text: &[u8]) -> io::Result<()> {
        private_file::write(&record.with_extension(BESIDE), text)
    }

    /// Deletes the oldest files until one more of this size fits.
    fn make_room(&self, size: u64) -> io::Result<()> {
        let mut files = ours(&self.path)?;
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
        let mut number = files.len();
        for (_, path, of_file) in files {
            if number < self.max_files && bytes + size <= self.max_bytes {
                break;
            }
            let _ = fs::remove_file(path.with_extension(BESIDE));
            let removed = fs::remove_file(path);
            // Another process may have deleted it. One that cannot be deleted still counts.
            if removed.is_ok()
                || removed.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
            {
                (number, bytes) = (number - 1, bytes - of_file);
            }
        }
        Ok(())
    }
}

/// The records in a folder: when each was changed, its path, and its size with that of the text beside it.
fn ours(folder: &Path) -> io::Result<Vec<(SystemTime, PathBuf, u64)>> {
    let entries = fs::read_dir(folder)?.filter_map(Result::ok);
    let ours = entries.filter(|entry| is_ours(&entry.file_name().to_string_lossy()));
    let with_size = ours.filter_map(|entry| {
        let metadata = entry.metadata().ok().filter(|metadata| metadata.is_file())?;
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let path = entry.path();
        let beside = fs::metadata(path.with_extension(BESIDE)).map_or(0, |text| text.len());
        Some((changed, path, metadata.len() + beside))
    });
    Ok(with_size.collect())
}

/// Whether a file has such a name as [`Folder::keep`] makes: `flight-1796093107-703-21149-1-signal.pftrace`.
fn is_ours(name: &str) -> bool {
    let Some((name, extension)) = name.rsplit_once('.') else { return false };
    let Some(parts) = name.strip_prefix(PREFIX) else { return false };
    let mut parts = parts.splitn(5, '-');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let numbers = parts.by_ref().take(4).filter(|part| is_number(part)).count();
    let is_plain = |reason: &str| reason.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    numbers == 4
        && parts.next().is_some_and(|reason| !reason.is_empty() && is_plain(reason))
        && matches!(extension, "pftrace" | "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn names(folder: &Folder) -> Vec<String> {
        let entries = fs::read_dir(&folder.path).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Files that are written in one instant have equal times.
    fn set_age(path: &Path, seconds: u64) {
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    }

    #[test]
    fn the_oldest_records_are_deleted_and_nothing_else() {
        let made = tempfile::tempdir().unwrap();
        let path = made.path().join("records");
        let folder = Folder { path, max_files: 3, max_bytes: 100 };
        for second in 1..=5 {
            let path = folder.keep(&[0; 20], "panic", "pftrace", second * SECOND + 7_000_000);
            set_age(&path.unwrap(), second);
        }
        // Not ours: neither counted nor deleted.
        let others = ["flight-plan.csv", "flight-1-2-3-4-.json", "flight-1-2-3-4-x.db", "mine.txt"];
        others.iter().for_each(|name| fs::write(folder.path.join(name), [0; 500]).unwrap());
        let ours = || names(&folder).into_iter().filter(|name| is_ours(name)).collect::<Vec<_>>();
        let id = std::process::id();
        let begins = |second| format!("flight-{second}-007-{id}-");
        let kept = ours();
        assert_eq!(kept.len(), 3);
        let has_all = [3, 4, 5].iter().zip(&kept).all(|(second, name)| {
            name.starts_with(&begins(second)) && name.ends_with("-panic.pftrace")
        });
        assert!(has_all, "{kept:?}");
        // One of 90 bytes has room for no other.
        folder.keep(&[0; 90], "signal", "pftrace", 6 * SECOND + 7_000_000).unwrap();
        assert!(ours().len() == 1 && ours()[0].ends_with("-signal.pftrace"));
        let error = folder.keep(&[0; 101], "panic", "json", 0).unwrap_err().to_string();
        assert_eq!(error, "a record of 101 bytes is larger than the limit of 100");
        assert_eq!(names(&folder).len(), 1 + others.len());
    }

    #[test]
    fn a_text_beside_a_record_is_deleted_with_it_and_its_bytes_count() {
        let made = tempfile::tempdir().unwrap();
        let folder = Folder { path: made.path().to_owned(), max_files: 2, max_bytes: 100 };
        for second in 1..=3 {
            let path = folder.keep(&[0; 20], "panic", "pftrace", second * SECOND).unwrap();
            Folder::keep_beside(&path, &[0; 25]).unwrap();
            set_age(&path, second);
        }
        let ends = |end: &str| names(&folder).iter().filter(|name| name.ends_with(end)).count();
        assert_eq!((ends("-panic.pftrace"), ends("-panic.txt")), (2, 2));
        // 60 and the 45 of one more are too many.
        folder.keep(&[0; 60], "signal", "json", 4 * SECOND).unwrap();
        assert_eq!((names(&folder).len(), ends("-signal.json")), (1, 1));
    }
}
