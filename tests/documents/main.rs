//! Checks the documents against the code. Each check also runs on documents with one wrong place, and must detect it.

mod cases;
mod code;
mod links;
mod schema;
mod tables;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// The repository's documents, by path from its root.
#[derive(Clone)]
struct Documents(BTreeMap<String, String>);

impl Documents {
    /// Reads every Markdown file in the root, in `docs` and in the crates.
    fn read() -> Self {
        let crates = files(&root().join("crates"), "md");
        let docs = files(&root().join("docs"), "md");
        let of_root = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
        let of_root = of_root.filter(|path| path.extension() == Some("md".as_ref()));
        let all = of_root.chain(docs).chain(crates).map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        });
        Self(all.collect())
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Returns a copy with one place changed.
    fn with(&self, name: &str, text: &str, changed: &str) -> Self {
        let mut documents = self.clone();
        let document = documents.0.get_mut(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!(document.matches(text).count(), 1, "{name}: {text:?}");
        *document = document.replace(text, changed);
        documents
    }

    /// The cells of each row of the tables in this section.
    fn table(&self, name: &str, section: &str) -> Vec<Vec<String>> {
        let rows = self.rows(name).into_iter().filter(|row| row.section == section);
        rows.map(|row| row.cells).collect()
    }

    /// The rows of all tables, without the header rows.
    fn rows(&self, name: &str) -> Vec<Row> {
        let (mut rows, mut section, mut lines_of_table) = (Vec::new(), "", 0);
        for line in self.text(name).lines() {
            section = line.strip_prefix("## ").unwrap_or(section);
            lines_of_table = if line.starts_with('|') { lines_of_table + 1 } else { 0 };
            if lines_of_table > 2 {
                let line = line.trim().trim_start_matches('|').trim_end_matches('|');
                let cells = line.split(" | ").map(|cell| cell.trim().to_owned()).collect();
                rows.push(Row { section: section.to_owned(), cells });
            }
        }
        rows
    }
}

struct Row {
    section: String,
    cells: Vec<String>,
}

type Check = fn(&Documents) -> Result<(), String>;

/// Asserts that the check succeeds for the documents, and fails for each mutant: a file, a text in it, and its replacement.
fn holds(check: Check, mutants: &[(&str, &str, &str)]) {
    let documents = Documents::read();
    check(&documents).unwrap_or_else(|problem| panic!("{problem}"));
    for (name, text, changed) in mutants {
        let is_noticed = check(&documents.with(name, text, changed)).is_err();
        assert!(is_noticed, "{name}: {changed:?} in the place of {text:?} is not noticed");
    }
}

/// Returns an error with both values unless they are equal.
fn equal<T: PartialEq + Debug>(what: &str, documented: &T, real: &T) -> Result<(), String> {
    if documented == real {
        return Ok(());
    }
    Err(format!("{what}\ndocumented: {documented:?}\nreal:       {real:?}"))
}

/// The texts in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file below this folder with this extension, except build output of cargo.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            found.extend(files(&path, extension));
        } else if path.extension() == Some(extension.as_ref()) {
            found.push(path);
        }
    }
    found
}
