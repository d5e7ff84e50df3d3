//! All code in the documents is compiled and run.

use crate::{Documents, holds, root};

#[test]
fn every_block_of_rust_is_a_test() {
    holds(
        check,
        &[
            // This document is not among the doctests, so its blocks are not compiled.
            ("docs/drop-in.md", "## Limits\n", "```rust\nnothing();\n```\n\n## Limits\n"),
            ("README.md", "```rust\nuse runtime_hooks::{", "```rust,ignore\nuse runtime_hooks::{"),
            (
                "docs/coming-from-python.md",
                "let task = runtime.spawn(fetch(1));",
                "let task = runtime.spawn(fetch());",
            ),
        ],
    );
}

/// The documents that `tests/src/lib.rs` includes are doctests, as is a README that its crate's `lib.rs` includes. The code
/// for users of Python is in its own test file, word for word.
fn check(documents: &Documents) -> Result<(), String> {
    let included = std::fs::read_to_string(root().join("tests/src/lib.rs")).unwrap();
    let tested = unindented(&std::fs::read_to_string(root().join("tests/from_python.rs")).unwrap());
    for (name, text) in &documents.0 {
        let blocks: Vec<_> = text.split("```rust").skip(1).collect();
        for block in &blocks {
            let (attributes, code) = block.split_once('\n').unwrap();
            let code = unindented(code.split("```").next().unwrap());
            // Code of other crates is shown for comparison and not run. `no_run` compiles code that would serve a port.
            if !["", ",no_run"].contains(&attributes) && code.contains("runtime_hooks") {
                return Err(format!("{name} has a block that is rust{attributes}"));
            }
            if name == "docs/coming-from-python.md" && !tested.contains(&code) {
                return Err(format!("{name} shows what is not in tests/from_python.rs:\n{code}"));
            }
        }
        let is_doctest = included.contains(&format!("include_str!(\"../../{name}\")"))
            || is_included_by_its_crate(name);
        if !blocks.is_empty() && !is_doctest && name != "docs/coming-from-python.md" {
            return Err(format!("neither tests/src/lib.rs nor a crate includes {name}"));
        }
    }
    Ok(())
}

fn is_included_by_its_crate(name: &str) -> bool {
    name.strip_suffix("/README.md").is_some_and(|folder| {
        let library = std::fs::read_to_string(root().join(folder).join("src/lib.rs"));
        library.is_ok_and(|source| source.contains("include_str!(\"../README.md\")"))
    })
}

fn unindented(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}
