//! The work: walks a folder, reads its files on the blocking pool, and counts words in tasks. This file does not
//! depend on the metrics.

use std::fmt;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use runtime_hooks::{AnyRuntime, RuntimeHooksExt};
use walkdir::WalkDir;

/// The maximum number of files that are processed at once.
const MAX_CONCURRENT_FILES: usize = 32;
/// The maximum duration of reading a file.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The totals of an index, as `wc` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) files: u64,
    pub(crate) lines: u64,
    pub(crate) words: u64,
    pub(crate) bytes: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, lines, words, bytes } = self;
        write!(f, "{files} files  {lines} lines  {words} words  {bytes} bytes")
    }
}

/// The totals of a folder, and one line for each file that could not be read.
pub(crate) async fn index(runtime: AnyRuntime, folder: PathBuf) -> (Totals, Vec<String>) {
    let files = runtime.named("walk").spawn_blocking(move || walk(&folder));
    let files = files.await.expect("walking does not panic");
    let (mut totals, mut failed) = (Totals::default(), Vec::new());
    let files = files.into_iter().map(|file| runtime.spawn(index_file(runtime.clone(), file)));
    let mut indexed = stream::iter(files).buffer_unordered(MAX_CONCURRENT_FILES);
    while let Some(file) = indexed.next().await {
        match file.expect("indexing does not panic") {
            Ok(counted) => totals += counted,
            Err(failure) => failed.push(failure),
        }
    }
    (totals, failed)
}

async fn index_file(runtime: AnyRuntime, file: PathBuf) -> Result<Totals, String> {
    let path = file.clone();
    let read = runtime.named("read_file").spawn_blocking(move || std::fs::read(path));
    let text = match runtime.named("read_in_time").timeout(READ_TIMEOUT, read).await {
        Ok(read) => read.map_err(|e| e.to_string()).and_then(|r| r.map_err(|e| e.to_string())),
        Err(elapsed) => Err(elapsed.to_string()),
    };
    let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(runtime.spawn(count_words(text)).await.expect("counting does not panic"))
}

async fn count_words(text: Vec<u8>) -> Totals {
    let words = text.split(|byte| byte.is_ascii_whitespace() || *byte == 0x0b);
    Totals {
        files: 1,
        lines: text.iter().filter(|byte| **byte == b'\n').count() as u64,
        words: words.filter(|word| is_word(word)).count() as u64,
        bytes: text.len() as u64,
    }
}

/// As `LC_ALL=C wc -w`: a word has at least one printable character.
fn is_word(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_graphic)
}

/// The files of a folder, except those in `.git` and `target`.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let is_kept = |name: &str| !matches!(name, ".git" | "target");
    WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name().to_str().is_none_or(is_kept))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}
