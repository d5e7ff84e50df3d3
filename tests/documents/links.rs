//! Links between files of the repository.

use std::collections::BTreeSet;

use crate::{Documents, holds, root};

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    holds(
        check,
        &[
            ("README.md", "](docs/traces.md) ", "](docs/tracing.md) "),
            ("docs/drop-in.md", "](semantics.md#settings)", "](semantics.md#set)"),
            ("docs/performance.md", "](#growth)", "](#growing)"),
            ("docs/traces.md", "](trace.svg)", "](traces.svg)"),
            ("docs/semantics.md", "## Settings", "## Variables"),
        ],
    );
}

fn check(documents: &Documents) -> Result<(), String> {
    for (name, text) in &documents.0 {
        for link in links(text).filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { name.clone() } else { resolve(name, file) };
            if !root().join(&target).exists() {
                return Err(format!("{name} links to {link}, and there is no {target}"));
            }
            if !heading.is_empty() && !headings(documents.text(&target)).contains(heading) {
                return Err(format!("{name} links to {link}, and {target} has no such heading"));
            }
        }
    }
    Ok(())
}

/// The targets of all inline links of a document, except those in code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let outside_code = text.split("```").step_by(2);
    let outside_code = outside_code.flat_map(|text| text.split('`').step_by(2));
    // Quoted text within a link's text ends before its target.
    outside_code.flat_map(|text| {
        text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split(')').next())
    })
}

/// The path from the root that `link` in the document `name` leads to.
fn resolve(name: &str, link: &str) -> String {
    let mut path: Vec<_> = name.split('/').collect();
    path.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.join("/")
}

/// The anchors that GitHub makes of headings.
fn headings(text: &str) -> BTreeSet<String> {
    let outside_code = text.split("```").step_by(2);
    let lines = outside_code.flat_map(str::lines).filter(|line| line.starts_with('#'));
    lines
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}
