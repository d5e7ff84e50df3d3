//! Names that a source file gives to tasks whose type has none.

/// The name of a task of which only the call site's file is known: the crate of a library, `hyper_util`, or the file
/// itself, `src/net/mod.rs`, of the program's own code.
pub(super) fn name_of_file(file: &str) -> String {
    library(file).unwrap_or_else(|| file.replace('\\', "/"))
}

/// The crate that a file belongs to, if it is a library's.
///
/// The compiler writes the files of the program's own workspace as relative paths, and those of other packages as
/// absolute ones. A vendored package is in a folder of the workspace.
pub(crate) fn library(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split(['/', '\\']).collect();
    let is_absolute = file.starts_with(['/', '\\']) || file.as_bytes().get(1) == Some(&b':');
    let is_vendored = parts[..parts.len() - 1].contains(&"vendor");
    if !is_absolute && !is_vendored {
        return None;
    }
    let source =
        parts.iter().rposition(|part| matches!(*part, "src" | "tests" | "examples" | "benches"));
    let package = match source {
        Some(source) if source > 0 => parts[source - 1],
        _ => parts[parts.len().saturating_sub(2)],
    };
    // Below `git/checkouts` a package in the root of its repository is in a folder that is called by its commit.
    let folder = match parts.iter().position(|part| *part == "checkouts") {
        Some(at) if parts.get(at + 2) == Some(&package) => {
            parts[at + 1].rsplit_once('-').map_or(parts[at + 1], |(name, _)| name)
        }
        _ => without_version(package),
    };
    (!folder.is_empty()).then(|| folder.replace('-', "_"))
}

/// `hyper-util` for `hyper-util-0.1.10`.
fn without_version(package: &str) -> &str {
    match package.match_indices('-').find(|(at, _)| {
        package[at + 1..].starts_with(|c: char| c.is_ascii_digit())
            && package[at + 1..].contains('.')
    }) {
        Some((at, _)) => &package[..at],
        None => package,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_library_gives_its_crate_and_the_program_its_file() {
        for (file, name) in [
            ("src/net/mod.rs", "src/net/mod.rs"),
            (r"src\main.rs", "src/main.rs"),
            ("crates/api/src/lib.rs", "crates/api/src/lib.rs"),
            (
                "/home/ann/.cargo/registry/src/index.crates.io-6f17d22bba15001f/hyper-util-0.1.10/src/rt/tokio.rs",
                "hyper_util",
            ),
            (
                r"C:\Users\ann\.cargo\registry\src\index\sqlx-core-0.8.0-rc.1\src\pool.rs",
                "sqlx_core",
            ),
            (
                "/root/.cargo/git/checkouts/hyper-util-0a1b2c3d/9f8e7d6/src/rt/tokio.rs",
                "hyper_util",
            ),
            ("/root/.cargo/git/checkouts/axum-0a1b2c3d/9f8e7d6/axum-core/src/lib.rs", "axum_core"),
            ("vendor/hyper-util/src/rt/tokio.rs", "hyper_util"),
            ("third_party/vendor/h2-0.4.7/src/lib.rs", "h2"),
            ("/rustc/0a1b2c3d/library/std/src/thread/mod.rs", "std"),
            ("/home/ann/shared/x-2d/src/lib.rs", "x_2d"),
            ("/generated.rs", "/generated.rs"),
            ("", ""),
        ] {
            assert_eq!(name_of_file(file), name, "{file}");
        }
    }
}
