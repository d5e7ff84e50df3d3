//! The texts of a record, as the policy discloses them: labels of series, names of threads and of the program.

use std::path::Path;

use runtime_hooks_recorder::internals::{LabelParts, Output, Policy, labels};
use runtime_hooks_recorder::{Field, Flight, FlightThread, SeriesKey, SpawnSite};

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
        Self { series: of_series(flight, policy), threads, program: program(policy) }
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

/// The texts of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesText {
    /// A short text that tells the series apart from all others.
    pub label: String,
    /// `src/main.rs:59:13`: where its tasks are spawned.
    pub location: Option<String>,
}

/// The texts of the series of a record, in their order.
fn of_series(flight: &Flight, policy: &Policy) -> Vec<SeriesText> {
    let shown: Vec<_> = flight.series.iter().map(|series| Shown::of(series, policy)).collect();
    let parts: Vec<_> =
        flight.series.iter().zip(&shown).map(|((key, _), s)| s.parts(key)).collect();
    let with_location = labels(&parts).into_iter().zip(&shown).zip(&flight.series);
    with_location
        .map(|((label, shown), (_, site))| SeriesText { label, location: shown.location(*site) })
        .collect()
}

/// What is shown of one series.
struct Shown {
    name: Option<String>,
    function: Option<String>,
    file: Option<String>,
}

impl Shown {
    fn of((key, site): &(SeriesKey, Option<SpawnSite>), policy: &Policy) -> Self {
        let shown = |field, text: Option<&str>| policy.show(Output::Page, field, text?);
        Self {
            name: shown(Field::Name, key.name()),
            function: shown(Field::TypeName, key.function()),
            file: shown(Field::File, site.map(|site| site.location.file())),
        }
    }

    fn parts<'s>(&'s self, key: &'s SeriesKey) -> LabelParts<'s> {
        let [name, function, file] = [&self.name, &self.function, &self.file].map(Option::as_deref);
        LabelParts::of(key).shown_as(name, function, file)
    }

    fn location(&self, site: Option<SpawnSite>) -> Option<String> {
        let location = site?.location;
        Some(format!("{}:{}:{}", self.file.as_ref()?, location.line(), location.column()))
    }
}
