//! What the documents claim and the code decides.

use std::collections::BTreeSet;
use std::path::Path;

use runtime_hooks::catalog::METRICS;
use runtime_hooks::{Config, Kind, Method, Outcome, RUNTIMES, Recorder, State};
use runtime_hooks_conformance::CASES;

const README: &str = include_str!("../README.md");
const SEMANTICS: &str = include_str!("../docs/semantics.md");
const FROM_PYTHON: &str = include_str!("../docs/coming-from-python.md");
const RULES: &str = include_str!("../crates/runtime-hooks-conformance/rules.md");

#[test]
fn the_semantics_list_every_metric_with_its_unit_and_no_other() {
    let section = SEMANTICS.split("## Metrics").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let listed: Vec<(String, String)> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            (cells[1].to_owned(), cells[3].to_owned())
        })
        .collect();
    let known: Vec<_> = METRICS.iter().map(|m| (m.name.to_owned(), m.unit.to_owned())).collect();
    assert_eq!(listed.len(), known.len());
    assert!(known.iter().all(|metric| listed.contains(metric)), "{listed:?} for {known:?}");
}

#[test]
fn the_semantics_name_every_value_and_method() {
    let kinds = [Kind::Coroutine, Kind::Future, Kind::ToThread].map(Kind::as_str);
    let states = State::ALL.map(State::as_str);
    let methods = Method::ALL.map(Method::as_str);
    for word in kinds.iter().chain(&states).chain(&methods).chain(RUNTIMES) {
        assert!(SEMANTICS.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn the_readmes_table_has_the_columns_that_are_printed() {
    let recorder = Recorder::new();
    let took = std::time::Duration::from_millis(1);
    recorder.record(Kind::Coroutine, "a", "tokio", Outcome::FINISHED, took);
    let table = recorder.snapshot().to_string();
    let printed: Vec<_> = table.lines().next().unwrap().split_whitespace().collect();
    let shown = README.lines().find(|line| line.starts_with("runtime ")).unwrap();
    assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), printed);
}

#[test]
fn the_readme_counts_the_suites_cases() {
    assert!(README.contains(&format!("{} tests, by name", CASES.len())));
}

#[test]
fn the_environment_of_the_tests_is_free_of_problems() {
    assert_eq!(Config::from_env().problems(), []);
}

#[test]
fn every_row_of_the_semantics_has_a_case_that_proves_it() {
    let ruled = rows(RULES);
    for row in rows(SEMANTICS) {
        assert!(ruled.iter().any(|rule| rule.0 == row.0 && rule.1 == row.1), "no case for {row:?}");
    }
    let cases: BTreeSet<String> =
        CASES.iter().map(|(group, case)| format!("{group}::{case}")).collect();
    let sources = sources();
    for (section, rule, proof) in ruled {
        let proofs = proof.split(", ").map(|proof| proof.trim_matches('`'));
        for proof in proofs {
            let exists = match proof.split_once(".rs::") {
                None => cases.contains(proof),
                Some((file, test)) => sources.iter().any(|(name, source)| {
                    *name == format!("{file}.rs") && source.contains(&format!("fn {test}()"))
                }),
            };
            assert!(exists, "{section}: {rule}: there is no {proof:?}");
        }
    }
}

#[test]
fn what_is_shown_to_pythons_users_is_tested() {
    let unindented = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let tested = unindented(include_str!("from_python.rs"));
    let shown: Vec<_> = FROM_PYTHON.split("```rust\n").skip(1).collect();
    assert!(shown.len() >= 15);
    for block in shown {
        let block = unindented(block.split("```").next().unwrap());
        assert!(tested.contains(&block), "not in tests/from_python.rs:\n{block}");
    }
}

#[test]
fn backends_tell_the_versions_that_cargo_asks_for() {
    let manifest = include_str!("../Cargo.toml");
    let told: Vec<_> = runtime_hooks::instrumentation_dependencies().collect();
    assert_eq!(told.iter().map(|told| told.name).collect::<Vec<_>>(), RUNTIMES);
    for dependency in told {
        let line =
            manifest.lines().find(|line| line.starts_with(&format!("{} = ", dependency.name)));
        assert!(line.unwrap().contains(&format!("\"{}\"", dependency.versions)), "{dependency}");
    }
}

/// The rows of all tables: section, first cell, last cell.
fn rows(document: &str) -> Vec<(&str, &str, &str)> {
    let mut rows = Vec::new();
    for section in document.split("\n## ").skip(1) {
        let mut lines = section.lines();
        let title = lines.next().unwrap();
        let table: Vec<_> = lines.filter(|line| line.starts_with('|')).collect();
        rows.extend(table.iter().skip(2).map(|row| {
            let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            (title, cells[0], *cells.last().unwrap())
        }));
    }
    rows
}

/// Every source file of the workspace's crates: its name, its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension() == Some("rs".as_ref()) {
                found.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    ["crates", "tests"].iter().for_each(|folder| walk(&root.join(folder), &mut found));
    found
}
