//! What the documents claim and the code decides.

use runtime_hooks::catalog::METRICS;
use runtime_hooks::{Config, Kind, Method, Outcome, RUNTIMES, Recorder, State};
use runtime_hooks_conformance::CASES;

const README: &str = include_str!("../README.md");
const SEMANTICS: &str = include_str!("../docs/semantics.md");

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
