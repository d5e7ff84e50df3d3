//! What was measured: kept as JSON, shown as tables, plots and a page.

mod budget;
mod console;
mod machine;
pub mod page;
pub mod plot;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use self::budget::{BY_THREADS, Budget, budgets};
pub use self::console::ConsoleCost;
pub use self::machine::Machine;
pub use self::table::Titled;

use crate::Row;

/// One run of `compare`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// How many rounds each median is of.
    pub rounds: usize,
    /// Each workload on each runtime.
    pub measurements: Vec<Measurement>,
}

/// One workload on one runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// The runtime.
    pub runtime: String,
    /// The workload.
    pub workload: String,
    /// What one run of it is.
    pub unit: String,
    /// The variants; the first is the bare runtime.
    pub rows: Vec<Row>,
}

impl Measurement {
    /// The variant of this name.
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

impl Report {
    /// This workload on this runtime.
    pub fn find(&self, runtime: &str, workload: &str) -> Option<&Measurement> {
        self.measurements
            .iter()
            .find(|found| found.runtime == runtime && found.workload == workload)
    }
}

/// What pending tasks hold, on one runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// The runtime.
    pub runtime: String,
    /// By variant; the first is the bare runtime.
    pub rows: Vec<Held>,
}

/// What one pending task holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Held {
    /// The variant.
    pub name: String,
    /// Bytes of heap.
    pub bytes: f64,
    /// Allocations.
    pub allocations: f64,
}

/// A cost against a size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scale {
    /// What grows, and what that costs.
    pub title: String,
    /// What is on the horizontal axis.
    pub x: String,
    /// What is on the vertical axis.
    pub y: String,
    /// The lines, each with its points.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the benches are in the workspace")
}

/// Where the benches leave what they measured, for the page. Not where they are built, which is another place for some.
fn folder() -> PathBuf {
    root().join("target").join("bench")
}

/// Keeps what a bench measured.
///
/// # Panics
///
/// If it cannot be written.
pub fn save(name: &str, measured: &impl Serialize) {
    let path = folder().join(name).with_extension("json");
    let json = serde_json::to_string_pretty(measured).expect("plain data");
    fs::create_dir_all(folder())
        .and_then(|()| fs::write(&path, json))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    eprintln!("kept in {}", path.display());
}

/// What a bench measured last, if it ran.
///
/// # Panics
///
/// If what is there is not what the bench writes.
pub fn load<T: DeserializeOwned>(name: &str) -> Option<T> {
    let path = folder().join(name).with_extension("json");
    let json = fs::read(&path).ok()?;
    let measured = serde_json::from_slice(&json);
    Some(measured.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
