//! The JSON documents, version 1: see `docs/console.md`.

mod query;
mod values;
mod identity;
mod numbers;
mod lints;
mod overview;
mod names;
mod name;
mod tasks;
#[cfg(feature = "dump")]
mod dump;
mod flight;
#[cfg(test)]
mod schema_tests;

#[cfg(feature = "dump")]
pub(crate) use self::dump::{DumpQuery, dump};
pub(crate) use self::flight::{FlightQuery, Format as FlightFormat, flight, flight_file};
pub(crate) use self::lints::lints;
pub(crate) use self::name::{NameQuery, name};
pub(crate) use self::names::names;
pub(crate) use self::overview::overview;
pub(crate) use self::query::{Problem, RangeQuery};
pub(crate) use self::tasks::{TasksQuery, tasks};
pub(crate) use self::values::unix_millis;
