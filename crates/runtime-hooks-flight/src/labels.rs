//! The texts of a record, as the policy discloses them: labels of series, names of threads and of the program.

use std::path::Path;

pub use runtime_hooks_recorder::internals::SeriesText;

use runtime_hooks_recorder::internals::{Output, Policy};
use runtime_hooks_recorder::{Field, Flight, FlightThread};

/// All texts of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// Of the series, in their order.
    pub series: Vec<SeriesText>,
    /// Of the threads, in their order.
    pub threads: Vec<String>,
    /// The file name of the program.
    pub program: String,
}

impl Texts {
    /// What a policy shows.
    pub fn of(flight: &Flight, policy: &Policy) -> Self {
        let threads = flight.threads.iter().map(|thread| thread_name(thread, policy));
        let threads = threads.collect();
        Self {
            series: SeriesText::all_of(&flight.series, policy),
            threads,
            program: program(policy),
        }
    }
}

/// Its name as the policy shows it, or its number.
pub fn thread_name(thread: &FlightThread, policy: &Policy) -> String {
    let name = thread.name.as_deref();
    let shown = name.and_then(|name| policy.show(Output::Page, Field::Thread, name));
    shown.unwrap_or_else(|| format!("thread {}", thread.number))
}

/// What is shown of the program's file name.
fn program(policy: &Policy) -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
    let shown = policy.show(Output::Page, Field::Program, name.as_deref().unwrap_or("program"));
    shown.unwrap_or_default()
}
