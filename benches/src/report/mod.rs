//! The results: saved as JSON, shown as tables, plots and a page.

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

/// The results of `compare`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The machine.
    pub machine: Machine,
    /// The number of rounds behind each median.
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
    /// What a time is for: one task, one message.
    pub unit: String,
    /// The variants; the first is the bare runtime.
    pub rows: Vec<Row>,
}

impl Measurement {
    /// The variant with this name.
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

/// Heap use of pending tasks on one runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// The runtime.
    pub runtime: String,
    /// By variant; the first is the bare runtime.
    pub rows: Vec<Held>,
}

/// Heap use of one pending task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Held {
    /// The variant.
    pub name: String,
    /// Bytes of heap.
    pub bytes: f64,
    /// Allocations.
    pub allocations: f64,
}

/// A cost as a function of a size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scale {
    /// The cost and the size.
    pub title: String,
    /// The label of the horizontal axis.
    pub x: String,
    /// The label of the vertical axis.
    pub y: String,
    /// The lines, each with its points.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the benches are in the workspace")
}

/// The folder of the results. It does not follow `CARGO_TARGET_DIR`, so that all benches use the same one.
fn folder() -> PathBuf {
    root().join("target").join("bench")
}

/// Saves the results of a bench.
///
/// # Panics
///
/// If the file cannot be written.
pub fn save(name: &str, measured: &impl Serialize) {
    let path = folder().join(name).with_extension("json");
    let json = serde_json::to_string_pretty(measured).expect("plain data");
    fs::create_dir_all(folder())
        .and_then(|()| fs::write(&path, json))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    eprintln!("saved in {}", path.display());
}

/// Loads the last results of a bench, if it has run.
///
/// # Panics
///
/// If the file is not in the format of the bench.
pub fn load<T: DeserializeOwned>(name: &str) -> Option<T> {
    let path = folder().join(name).with_extension("json");
    let json = fs::read(&path).ok()?;
    let measured = serde_json::from_slice(&json);
    Some(measured.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
