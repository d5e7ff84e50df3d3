//! Paths of source files as people read them.

use crate::owner::package_of_file;

/// A file of a library from its package on, `tokio-1.51.0/src/time/sleep.rs`; one of the program as it is relative to the
/// current directory.
pub fn shortened(file: &str) -> String {
    let here = std::env::current_dir().ok();
    shortened_in(file, here.as_ref().and_then(|here| here.to_str()))
}

fn shortened_in(file: &str, here: Option<&str>) -> String {
    let plain = file.replace('\\', "/");
    if let Some(package) = package_of_file(&plain)
        && let Some(at) = plain.find(&format!("/{package}/"))
    {
        return plain[at + 1..].to_owned();
    }
    let inside = here.and_then(|here| file.strip_prefix(here));
    match inside.map(|rest| rest.trim_start_matches(['/', '\\'])) {
        Some(rest) if rest.len() + 1 < file.len() && here != Some("/") => rest.to_owned(),
        _ => file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_starts_at_its_package_and_the_program_in_the_current_directory() {
        for (file, here, expected) in [
            ("/r/registry/src/index-1/a-1.0.0/src/b.rs", Some("/home"), "a-1.0.0/src/b.rs"),
            ("/home/ann/app/src/main.rs", Some("/home/ann/app"), "src/main.rs"),
            ("/home/ann/app/src/main.rs", Some("/srv"), "/home/ann/app/src/main.rs"),
            ("/home/ann/app/src/main.rs", Some("/"), "/home/ann/app/src/main.rs"),
            ("src/main.rs", None, "src/main.rs"),
        ] {
            assert_eq!(shortened_in(file, here), expected);
        }
    }
}
