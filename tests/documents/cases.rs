//! Each rule of the semantics names the case that proves it.

use std::collections::BTreeSet;

use runtime_hooks_conformance::CASES;

use crate::{Documents, files, holds, quoted, root};

const RULES: &str = "crates/runtime-hooks-conformance/rules.md";
const SEMANTICS: &str = "docs/semantics.md";

#[test]
fn every_row_of_the_semantics_has_a_proof() {
    holds(
        rows_are_proven,
        &[
            (SEMANTICS, "| `poll.slow` | counter", "| `poll.fast` | counter"),
            (
                SEMANTICS,
                "\n## Handles\n",
                "\n## Handles\n\n| a | b |\n|---|---|\n| thrown | falls |\n",
            ),
            (RULES, "| awaited again | `spawn::a_task_is_joined_once` |\n", ""),
        ],
    );
}

/// Returns the section and the first cell of each row.
fn rows_are_proven(documents: &Documents) -> Result<(), String> {
    let of = |name| {
        let rows = documents.rows(name).into_iter();
        rows.map(|row| (row.section, row.cells[0].clone())).collect::<Vec<_>>()
    };
    let ruled = of(RULES);
    match of(SEMANTICS).into_iter().find(|row| !ruled.contains(row)) {
        Some((section, rule)) => Err(format!("{RULES}, {section}: there is no row for {rule}")),
        None => Ok(()),
    }
}

#[test]
fn the_rules_name_every_case_and_no_other() {
    holds(
        cases_are_named,
        &[
            (
                RULES,
                "`cancel::a_task_aborted_twice_is_cancelled_once`",
                "`cancel::a_task_aborted_twice_is_cancelled_twice`",
            ),
            (
                RULES,
                "`storm::counts_of_spawns_aborts_and_panics_add_up`",
                "`storm::switching_on_and_off_loses_and_doubles_nothing`",
            ),
        ],
    );
}

fn cases_are_named(documents: &Documents) -> Result<(), String> {
    let named: BTreeSet<_> = proofs(documents).filter(|proof| !proof.contains(".rs::")).collect();
    let cases: BTreeSet<_> = CASES.iter().map(|(group, case)| format!("{group}::{case}")).collect();
    let (missing, unknown) = (&cases - &named, &named - &cases);
    if missing.is_empty() && unknown.is_empty() {
        return Ok(());
    }
    Err(format!("{RULES} does not name {missing:?}, and names {unknown:?}, which are no cases"))
}

#[test]
fn the_tests_that_the_rules_name_exist() {
    holds(
        tests_exist,
        &[(
            RULES,
            "`deadlines.rs::an_elapsed_deadline_of_tokio_is_a_timeout`",
            "`deadlines.rs::an_elapsed_deadline_of_tokyo_is_a_timeout`",
        )],
    );
}

fn tests_exist(documents: &Documents) -> Result<(), String> {
    let tests = tests();
    match proofs(documents).find(|proof| proof.contains(".rs::") && !tests.contains(proof)) {
        Some(proof) => Err(format!("{RULES} names {proof}, and there is no such test")),
        None => Ok(()),
    }
}

/// Returns the names in the last cells.
fn proofs(documents: &Documents) -> impl Iterator<Item = String> {
    documents.rows(RULES).into_iter().flat_map(|row| quoted(row.cells.last().unwrap()))
}

/// Every test of the workspace, as `file.rs::name`.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in ["crates", "tests"].iter().flat_map(|folder| files(&root().join(folder), "rs")) {
        let file = path.file_name().unwrap().to_str().unwrap();
        let source = std::fs::read_to_string(&path).unwrap();
        for test in source.split("#[test]").skip(1) {
            let name = test.split_once("fn ").and_then(|(_, test)| test.split('(').next());
            found.extend(name.map(|name| format!("{file}::{name}")));
        }
    }
    found
}

/// A case that is written but not listed would never run.
#[test]
fn every_case_that_is_written_is_listed() {
    let folder = root().join("crates/runtime-hooks-conformance/src/cases");
    let mut written = BTreeSet::new();
    for path in files(&folder, "rs") {
        // A group is a file, or a folder of files.
        let in_folder = path.strip_prefix(&folder).unwrap();
        let group = in_folder.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let source = std::fs::read_to_string(&path).unwrap();
        let names =
            source.split("\npub fn ").skip(1).filter_map(|case| case.split_once("<H: Harness>()"));
        written.extend(names.map(|(name, _)| format!("{group}::{name}")));
    }
    let listed = CASES.iter().map(|(group, case)| format!("{group}::{case}")).collect();
    assert_eq!(&written - &listed, BTreeSet::new());
    // Macros generate cases of `context` from a table of their names.
    let sources = files(&folder.join("context"), "rs").into_iter();
    let sources: String = sources.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let others: BTreeSet<_> = &listed - &written;
    let named = |case: &str| sources.matches(&format!(" {case}")).count();
    for case in others {
        let generated = case.strip_prefix("context::").map(named);
        assert_eq!(generated, Some(1), "{case}");
    }
}
