//! Tables that list parts of the code: metrics, attributes, settings, features, versions, columns.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use runtime_hooks::catalog::{Instrument, METRICS, Metric, attribute};
use runtime_hooks::{
    Config, Console, DumpOnQuit, FlightWriter, Kind, Method, Outcome, RUNTIMES, Recorder, State,
    Watchdog, instrumentation_dependencies,
};
use runtime_hooks_core::support::VARIABLES;

use crate::{Documents, equal, holds, quoted, root};

const README: &str = "README.md";
const SEMANTICS: &str = "docs/semantics.md";

#[test]
fn the_semantics_list_the_catalogs_metrics() {
    holds(
        metrics,
        &[
            (SEMANTICS, "| `poll.slow` | counter", "| `poll.slow` | histogram"),
            (SEMANTICS, "| counter | `{park}` |", "| counter | `{sleep}` |"),
            (
                SEMANTICS,
                "| histogram | `s` | type origin state error.type runtime |",
                "| histogram | `s` | type name runtime |",
            ),
            (SEMANTICS, "| `worker.count` | up-down", "| `workers` | up-down"),
            (
                SEMANTICS,
                "| `process.spawned` | counter | `{process}` | type origin runtime |\n",
                "",
            ),
        ],
    );
}

/// Compares name, instrument, unit and attributes, in the catalog's order.
fn metrics(documents: &Documents) -> Result<(), String> {
    let listed = documents.table(SEMANTICS, "Metrics").into_iter().map(|cells| {
        let attributes = cells[3].split([':', ';']).next().unwrap();
        let attributes = attributes.split([' ', ',', '`']).filter(|word| !word.is_empty());
        let attributes = attributes.flat_map(|name| match name {
            "runtime" => vec![attribute::RUNTIME],
            "origin" => {
                vec![attribute::NAME, attribute::FUNCTION, attribute::FILE, attribute::LINE]
            }
            name => vec![name],
        });
        let [name, unit] = [&cells[0], &cells[2]].map(|cell| cell.trim_matches('`').to_owned());
        (name, cells[1].clone(), unit, attributes.map(str::to_owned).collect::<BTreeSet<_>>())
    });
    let real = METRICS.iter().map(|metric| {
        let attributes = metric.attributes().iter().map(|name| (*name).to_owned()).collect();
        (metric.name.into(), instrument(metric).into(), metric.unit.into(), attributes)
    });
    equal("metrics", &listed.collect::<Vec<_>>(), &real.collect())
}

fn instrument(metric: &Metric) -> &'static str {
    match metric.instrument() {
        Instrument::Histogram => "histogram",
        Instrument::Counter | Instrument::FloatCounter => "counter",
        Instrument::UpDownCounter => "up-down counter",
        _ => panic!("{metric:?} has an instrument that this test does not know"),
    }
}

#[test]
fn the_semantics_list_the_values_of_attributes() {
    holds(
        values,
        &[
            (
                SEMANTICS,
                "`future` (an anonymous instrumented future)",
                "`futures` (an anonymous instrumented future)",
            ),
            (SEMANTICS, "| `state` | `finished`, `cancelled`,", "| `state` | `finished`,"),
            (SEMANTICS, "| `async.runtime.name` | `tokio`,", "| `async.runtime.name` |"),
        ],
    );
}

fn values(documents: &Documents) -> Result<(), String> {
    let table = documents.table(SEMANTICS, "Attributes");
    let listed = |attribute: &str| {
        let row = table.iter().find(|cells| cells[0] == format!("`{attribute}`"));
        row.map_or_else(Vec::new, |cells| quoted(&cells[1]))
    };
    let kinds = [Kind::Coroutine, Kind::Future, Kind::Blocking].map(Kind::as_str);
    let states =
        [State::Finished, State::Cancelled, State::Timeout, State::Exception].map(State::as_str);
    equal("types", &listed("type"), &kinds.map(String::from).to_vec())?;
    equal("states", &listed("state"), &states.map(String::from).to_vec())?;
    let runtimes: Vec<_> = RUNTIMES.iter().map(|name| (*name).to_owned()).collect();
    equal("runtimes", &listed("async.runtime.name"), &runtimes)
}

#[test]
fn the_settings_that_are_listed_are_those_that_are_read() {
    holds(
        settings,
        &[
            (SEMANTICS, "| `OTEL_RUST_ASYNCIO_DETAIL` |", "| `OTEL_RUST_ASYNCIO_LEVEL` |"),
            (
                SEMANTICS,
                "| `OTEL_RUST_ASYNCIO_LOG` | `slow_poll`,",
                "| `OTEL_RUST_ASYNCIO_LOG` | `slow_polls`,",
            ),
            (
                SEMANTICS,
                "`OTEL_RUST_ASYNCIO_CONSOLE_TOKEN_FILE`",
                "`OTEL_RUST_ASYNCIO_CONSOLE_TOKENS`",
            ),
            (
                SEMANTICS,
                "| `OTEL_RUST_ASYNCIO_DISABLED_METHODS` | `spawn`, ",
                "| `OTEL_RUST_ASYNCIO_DISABLED_METHODS` | ",
            ),
            (
                "docs/console.md",
                "OTEL_RUST_ASYNCIO_CONSOLE=127.0.0.1:6669",
                "OTEL_RUST_ASYNCIO_CONSOL=127.0.0.1:6669",
            ),
        ],
    );
}

/// Every documented variable is read, every documented value is accepted, and no document names another variable.
fn settings(documents: &Documents) -> Result<(), String> {
    let table = documents.table(SEMANTICS, "Settings");
    let listed: BTreeSet<_> = table.iter().flat_map(|cells| quoted(&cells[0])).collect();
    let of_rust = |name: &String| name.starts_with("OTEL_RUST_");
    let (rust, python): (BTreeSet<_>, BTreeSet<_>) = read().into_iter().partition(of_rust);
    equal("variables", &listed, &rust)?;
    // A variable that is not among these is reported as misspelt.
    let known = VARIABLES.iter().map(|name| format!("OTEL_RUST_ASYNCIO_{name}")).collect();
    equal("known variables", &listed, &known)?;
    let twins = python.iter().map(|name| name.replace("PYTHON", "RUST")).collect::<BTreeSet<_>>();
    if !twins.is_subset(&listed) {
        return Err(format!("{python:?} are read, and not all of their twins are listed"));
    }
    for (variable, value) in table.iter().flat_map(|cells| {
        let variables = quoted(&cells[0]).into_iter();
        variables
            .flat_map(|variable| quoted(&cells[1]).into_iter().map(move |v| (variable.clone(), v)))
    }) {
        let lookup = |name: &str| match name {
            name if name == variable => Some(OsString::from(&value)),
            // The console's settings are read only if there is a console.
            "OTEL_RUST_ASYNCIO_CONSOLE" => Some("true".into()),
            // And those of flight records only if there is a folder.
            "OTEL_RUST_ASYNCIO_FLIGHT_DIR" => Some("records".into()),
            "OTEL_RUST_ASYNCIO_DUMP_ON" => Some("sigquit".into()),
            _ => None,
        };
        let problems = Config::from_vars(lookup).problems().to_vec();
        let is_invalid = Console::from_vars(lookup).is_err()
            || DumpOnQuit::from_vars(lookup).is_err()
            || FlightWriter::from_vars(lookup).is_err()
            || Watchdog::builder().vars(lookup).start().map(|watchdog| watchdog.stop()).is_err();
        if !problems.is_empty() || is_invalid {
            return Err(format!("{variable} does not take {value:?}"));
        }
    }
    let disabled = table.iter().find(|cells| cells[0].contains("DISABLED_METHODS"));
    let methods = disabled.map_or_else(Vec::new, |cells| quoted(&cells[1]));
    equal(
        "methods",
        &methods,
        &Method::ALL.iter().map(|method| method.as_str().to_owned()).collect(),
    )?;
    let known = |name: &str| listed.contains(name) || python.contains(name);
    for (document, text) in &documents.0 {
        let of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let words = text.split(|c| !of_name(c));
        let mut named =
            words.filter(|word| word.starts_with("OTEL_RUST_") || word.starts_with("OTEL_PYTHON_"));
        if let Some(name) = named.find(|name| !name.ends_with('_') && !known(name)) {
            return Err(format!("{document} names {name}, which nobody reads"));
        }
    }
    Ok(())
}

/// The names of all variables that are read when a console, flight records and task dumps are requested.
fn read() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| -> Option<OsString> {
        asked.borrow_mut().insert(name.to_owned());
        let needed = ["OTEL_RUST_ASYNCIO_CONSOLE", "OTEL_RUST_ASYNCIO_FLIGHT_DIR"];
        if name == "OTEL_RUST_ASYNCIO_DUMP_ON" {
            return Some("sigquit".into());
        }
        needed.contains(&name).then(|| "true".into())
    };
    assert_eq!(Config::from_vars(lookup).problems(), []);
    assert!(Console::from_vars(lookup).unwrap().is_some());
    assert!(FlightWriter::from_vars(lookup).unwrap().is_some());
    assert!(DumpOnQuit::from_vars(lookup).unwrap().is_some());
    drop(Watchdog::builder().vars(lookup));
    asked.into_inner()
}

#[test]
fn the_environment_of_the_tests_is_free_of_problems() {
    assert_eq!(Config::from_env().problems(), []);
}

#[test]
fn the_readme_lists_the_facades_features() {
    holds(
        features,
        &[
            (README, "| `trace` | every recorded", "| `traces` | every recorded"),
            (README, "| `async-std` | `AsyncStd` |\n", ""),
            (
                README,
                "features = [\"tokio\", \"smol\", \"otel\"]",
                "features = [\"tokio\", \"smol\", \"metrics\"]",
            ),
        ],
    );
}

/// Features are listed in the manifest's order. A dependency on the facade in a document uses no other feature.
fn features(documents: &Documents) -> Result<(), String> {
    let manifest = std::fs::read_to_string(root().join("crates/runtime-hooks/Cargo.toml")).unwrap();
    let section = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name);
    let real: Vec<_> = names.filter(|name| *name != "default").map(str::to_owned).collect();
    let rows = documents.rows(README).into_iter().filter(|row| row.cells[0].starts_with('`'));
    let listed: Vec<_> = rows
        .filter(|row| row.section == "Usage")
        .map(|row| row.cells[0].trim_matches('`').to_owned())
        .collect();
    equal("features", &listed, &real)?;
    for (document, text) in &documents.0 {
        for line in text.lines().filter(|line| line.starts_with("runtime-hooks = {")) {
            let wanted = line.split("features = [").nth(1).unwrap_or_default().split('"');
            if let Some(name) =
                wanted.skip(1).step_by(2).find(|name| !real.contains(&(*name).to_owned()))
            {
                return Err(format!(
                    "{document} asks for the feature {name:?}, which there is not"
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn the_readmes_table_has_the_columns_that_are_printed() {
    holds(columns, &[(README, "runtime    ", "system     ")]);
}

fn columns(documents: &Documents) -> Result<(), String> {
    let recorder = Recorder::new();
    recorder.record(Kind::Coroutine, "a", "tokio", Outcome::FINISHED, Duration::from_millis(1));
    let table = recorder.snapshot().to_string();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let printed = words(table.lines().next().unwrap());
    let shown = documents.text(README).lines().find(|line| line.starts_with("runtime "));
    equal("columns", &shown.map_or_else(Vec::new, words), &printed)
}

#[test]
fn backends_tell_the_versions_that_cargo_asks_for() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let dependencies: Vec<_> = instrumentation_dependencies().collect();
    assert_eq!(dependencies.iter().map(|dependency| dependency.name).collect::<Vec<_>>(), RUNTIMES);
    for dependency in dependencies {
        let start = format!("{} = ", dependency.name);
        let mut lines = manifest.lines().filter_map(|line| line.strip_prefix(&start));
        let (line, None) = (lines.next().unwrap(), lines.next()) else { panic!("two {start}") };
        let version = line.split("version = ").last().unwrap().split('"').nth(1);
        assert_eq!(version, Some(dependency.versions), "{dependency}");
    }
}
