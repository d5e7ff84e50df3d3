//! Names of functions as people write them.

use crate::owner::{crate_name, package_of_file};
use crate::symbol::{Symbol, before_generics};

/// The name that is shown: without closures, and the future's type for its `poll`.
///
/// `app::run` for `app::run::{{closure}}`, `tokio::time::sleep::Sleep` for `<tokio::time::sleep::Sleep as
/// core::future::future::Future>::poll`. A bare name of a library gets its module: `tokio::time::sleep::poll`.
pub(crate) fn shown_name(symbol: &Symbol) -> String {
    if symbol.has_path() { without_closures(&symbol.name) } else { with_module(symbol) }
}

fn without_closures(name: &str) -> String {
    let mut name = name.to_owned();
    for open in ["::{{", "::{closure", "::{async"] {
        while let Some(start) = name.find(open) {
            let rest = &name[start + 2..];
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            let end = if rest[end..].starts_with('}') { end + 1 } else { end };
            name.replace_range(start..start + 2 + end, "");
        }
    }
    let polled = [">::poll", ">::poll_next", ">::poll_unpin"]
        .iter()
        .find_map(|end| name.strip_prefix('<')?.strip_suffix(end));
    match polled.and_then(|inner| inner.rsplit_once(" as ")) {
        Some((of, what)) if what.contains("Future") || what.contains("Stream") => of.to_owned(),
        _ => name,
    }
}

/// The module of a library's file in front of a bare name.
fn with_module(symbol: &Symbol) -> String {
    let bare = match before_generics(&symbol.name) {
        // How the compiler names an async function that is inlined.
        name if name.starts_with('{') => "async",
        name => name,
    };
    let file = symbol.file.as_deref().map(|file| file.replace('\\', "/"));
    let Some(file) = file else { return bare.to_owned() };
    let module = file.rsplit_once("/src/").map_or("", |(_, module)| module);
    let module = module.trim_end_matches(".rs").trim_end_matches("/mod");
    let module = if matches!(module, "lib" | "main") { "" } else { module };
    let krate = package_of_file(&file).map(crate_name);
    let segments = krate.into_iter().chain(module.split('/').map(str::to_owned));
    let path: Vec<_> = segments.chain([bare.to_owned()]).filter(|part| !part.is_empty()).collect();
    if package_of_file(&file).is_some() { path.join("::") } else { bare.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, file: Option<&str>) -> String {
        let file = file.map(str::to_owned);
        shown_name(&Symbol { name: name.to_owned(), file, line: None, column: None })
    }

    #[test]
    fn closures_and_polls_are_left_out() {
        for (name, expected) in [
            ("app::run::{{closure}}", "app::run"),
            ("app::run::{{closure}}::{{closure}}", "app::run"),
            ("app::run::{closure#0}::{closure#1}", "app::run"),
            ("app::run::{async_fn#0}", "app::run"),
            (
                "<tokio::time::sleep::Sleep as core::future::future::Future>::poll",
                "tokio::time::sleep::Sleep",
            ),
            ("<a::B<T> as c::D>::e", "<a::B<T> as c::D>::e"),
            ("a::poll", "a::poll"),
        ] {
            assert_eq!(shown(name, None), expected);
        }
    }

    #[test]
    fn a_bare_name_gets_the_module_of_its_library() {
        let file = "/r/registry/src/index-1/tokio-1.51.0/src/time/sleep.rs";
        assert_eq!(shown("poll", Some(file)), "tokio::time::sleep::poll");
        let file = "/r/registry/src/index-1/async-io-2.4.0/src/lib.rs";
        assert_eq!(shown("{async_fn#0}<T>", Some(file)), "async_io::async");
        assert_eq!(shown("run", Some("/home/ann/app/src/main.rs")), "run");
    }
}
