//! Whose code a function is.

use crate::symbol::Symbol;

/// Whose code a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Program,
    /// Also our own futures that a program awaits.
    Library,
    Std,
    /// What records and dumps.
    Ours,
}

/// The modules of our core with futures that a program awaits.
const API_OF_OURS: &[&str] = &[
    "asyncio::as_completed",
    "asyncio::gather",
    "asyncio::interval",
    "asyncio::task_group::group",
    "asyncio::task_group::member",
    "asyncio::wait",
    "join",
    "timeout",
];

/// The owner of a function. By its file where that is known: a function that is inlined may have its bare name only.
pub(crate) fn owner(symbol: &Symbol) -> Owner {
    let by_name = krate(&symbol.name);
    let Some(file) = symbol.file.as_deref() else {
        return if is_api_of_ours(symbol) { Owner::Library } else { owner_of_crate(by_name) };
    };
    let file = file.replace('\\', "/");
    if file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/") {
        return Owner::Std;
    }
    if is_api_of_ours(symbol) {
        return Owner::Library;
    }
    // It walks the stack.
    if is_file_of_ours(&file)
        || package_of_file(&file).is_some_and(|p| crate_name(p) == "backtrace")
    {
        return Owner::Ours;
    }
    match package_of_file(&file) {
        // The code of a macro has the macro's file, and the name of the function that uses it.
        Some(package) if symbol.has_path() && crate_name(package) != by_name => {
            match owner_of_crate(by_name) {
                Owner::Program if is_closure(&symbol.name) => Owner::Program,
                _ => Owner::Library,
            }
        }
        Some(_) => Owner::Library,
        None if symbol.has_path() && owner_of_crate(by_name) == Owner::Std => Owner::Std,
        None => Owner::Program,
    }
}

fn is_api_of_ours(symbol: &Symbol) -> bool {
    API_OF_OURS.iter().any(|module| is_in_our_core(symbol, module))
}

/// Whether a function polls a recorded future: what is outside of it is another task.
pub(crate) fn polls_a_task(symbol: &Symbol) -> bool {
    is_in_our_core(symbol, "task")
}

/// Whether a function is in this module of our core.
fn is_in_our_core(symbol: &Symbol, module: &str) -> bool {
    if symbol.has_path() {
        let path = symbol.name.trim_start_matches(['<', '&']);
        let rest = path.strip_prefix("runtime_hooks_core::");
        let rest = rest.and_then(|rest| rest.strip_prefix(module));
        return rest.is_some_and(|rest| rest.starts_with("::"));
    }
    let Some(file) = symbol.file.as_deref() else { return false };
    let file = file.replace('\\', "/");
    let Some((package, path)) = file.rsplit_once("/src/") else { return false };
    let is_core = package.rsplit('/').next().is_some_and(|p| crate_name(p) == "runtime_hooks_core");
    let rest = path.strip_prefix(&module.replace("::", "/"));
    is_core && rest.is_some_and(|rest| rest.starts_with(['/', '.']))
}

/// The folder of a package that cargo downloaded or vendored: `tokio-1.51.0`. Also of ours in our repository.
pub(crate) fn package_of_file(file: &str) -> Option<&str> {
    if let Some((_, rest)) = file.split_once("/registry/src/") {
        return rest.split('/').nth(1);
    }
    if let Some((_, rest)) = file.split_once("/git/checkouts/") {
        return rest.split('/').next();
    }
    if let Some((_, rest)) = file.split_once("/vendor/") {
        return rest.split('/').next();
    }
    let ours = file.split_once("/crates/").and_then(|(_, rest)| rest.split('/').next());
    ours.filter(|_| is_file_of_ours(file))
}

/// `tokio_util` for `tokio-util-0.7.18`.
pub(crate) fn crate_name(package: &str) -> String {
    let is_version = |at: usize| package[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    let end = package.match_indices('-').map(|(at, _)| at).find(|at| is_version(*at));
    package[..end.unwrap_or(package.len())].replace('-', "_")
}

/// The crate of a path: `a` of `<a::B as c::D>::e`.
pub(crate) fn krate(name: &str) -> &str {
    let mut rest = name;
    loop {
        let shorter = rest.trim_start_matches(['<', '&', '(', '[', '*']).trim_start();
        let shorter = ["mut ", "dyn ", "const "]
            .iter()
            .fold(shorter, |text, word| text.strip_prefix(word).unwrap_or(text));
        if shorter.len() == rest.len() {
            break;
        }
        rest = shorter;
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    &rest[..end]
}

fn is_closure(name: &str) -> bool {
    name.ends_with('}')
}

/// Our crates, but for those that are tests or examples.
fn is_file_of_ours(file: &str) -> bool {
    let parts: Vec<_> = file.split('/').collect();
    parts.windows(2).any(|pair| {
        let is_crate = |name: &str| {
            name == "runtime_hooks" || name.starts_with("runtime_hooks_") && !name.contains("test")
        };
        pair[1] == "src" && is_crate(&crate_name(pair[0]))
    }) && parts.iter().any(|part| *part == "crates" || part.starts_with("runtime-hooks-"))
}

/// The owner by the name of the crate alone.
pub(crate) fn owner_of_crate(name: &str) -> Owner {
    const STD: &[&str] = &["core", "std", "alloc", "__rust_begin_short_backtrace", "__rust_try"];
    const LIBRARIES: &[&str] = &[
        "async_channel",
        "async_executor",
        "async_global_executor",
        "async_io",
        "async_lock",
        "async_net",
        "async_process",
        "async_signal",
        "async_std",
        "async_task",
        "atomic_waker",
        "axum",
        "blocking",
        "event_listener",
        "event_listener_strategy",
        "futures",
        "futures_channel",
        "futures_core",
        "futures_lite",
        "futures_task",
        "futures_util",
        "h2",
        "hyper",
        "hyper_util",
        "piper",
        "pin_project_lite",
        "polling",
        "reqwest",
        "smol",
        "tokio",
        "tokio_stream",
        "tokio_util",
        "tonic",
        "tower",
        "tracing",
    ];
    if name == "runtime_hooks" || name.starts_with("runtime_hooks_") || name == "backtrace" {
        return Owner::Ours;
    }
    if STD.contains(&name) || name.starts_with("_Unwind") {
        return Owner::Std;
    }
    if LIBRARIES.contains(&name) { Owner::Library } else { Owner::Program }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner_at(name: &str, file: &str) -> Owner {
        let file = (!file.is_empty()).then(|| file.to_owned());
        owner(&Symbol { name: name.to_owned(), file, line: Some(1), column: None })
    }

    #[test]
    fn a_file_tells_the_owner() {
        let registry = "/root/.cargo/registry/src/index.crates.io-1/tokio-1.51.0/src/time/sleep.rs";
        for (name, file, expected) in [
            ("app::run::{{closure}}", "/home/ann/app/src/main.rs", Owner::Program),
            ("run", "/home/ann/app/src/main.rs", Owner::Program),
            ("<tokio::time::Sleep as core::future::Future>::poll", registry, Owner::Library),
            ("poll", registry, Owner::Library),
            // A macro of tokio in the program.
            ("app::run::{{closure}}::{{closure}}", registry, Owner::Program),
            // A function of a library that is generic over one of the program.
            ("tokio::task::spawn::<app::Run>", registry, Owner::Library),
            ("core::pin::Pin<P>::poll", "/rustc/59807616e/library/core/src/pin.rs", Owner::Std),
            (
                "<runtime_hooks_core::task::future::Instrumented<F, C> as core::future::Future>::poll",
                "/home/ann/runtime-hooks/crates/runtime-hooks-core/src/task/future.rs",
                Owner::Ours,
            ),
            (
                "poll_now",
                "/r/registry/src/index-1/runtime-hooks-core-0.1.0/src/task/future.rs",
                Owner::Ours,
            ),
            (
                "<runtime_hooks_core::join::join_handle::JoinHandle<T,R> as core::future::Future>::poll",
                "/r/registry/src/index-1/runtime-hooks-core-0.1.0/src/join/join_handle.rs",
                Owner::Library,
            ),
            (
                "poll",
                "/home/ann/runtime-hooks/crates/runtime-hooks-core/src/asyncio/gather.rs",
                Owner::Library,
            ),
            // A program in a folder of our name.
            ("hunts::hang::load", "/home/ann/runtime-hooks/examples/hunts/hang.rs", Owner::Program),
            ("app::main", "/home/ann/runtime-hooks/src/main.rs", Owner::Program),
            (
                "backtrace::backtrace::trace",
                "/r/registry/src/index-1/backtrace-0.3.77/src/backtrace/mod.rs",
                Owner::Ours,
            ),
            ("sqlx::pool::acquire", "/r/git/checkouts/sqlx-1a2b/77/src/pool.rs", Owner::Library),
        ] {
            assert_eq!(owner_at(name, file), expected, "{name} in {file}");
        }
    }

    #[test]
    fn without_a_file_the_crate_tells_the_owner() {
        for (name, expected) in [
            ("app::run::{{closure}}", Owner::Program),
            ("<tokio::sync::mpsc::Receiver<T>>::recv::{{closure}}", Owner::Library),
            ("<&mut core::pin::Pin<P> as core::future::Future>::poll", Owner::Std),
            ("_Unwind_Backtrace", Owner::Std),
            ("runtime_hooks_core::dump::walk::walk", Owner::Ours),
            ("runtime_hooks_core::asyncio::interval::Interval<R,M>::tick", Owner::Library),
            ("backtrace::backtrace::trace", Owner::Ours),
        ] {
            assert_eq!(owner_at(name, ""), expected, "{name}");
        }
    }

    #[test]
    fn a_poll_of_a_recorded_future_is_told_by_its_name_or_its_file() {
        let polls = |name: &str, file: &str| {
            let (name, file) = (name.to_owned(), Some(file.to_owned()));
            polls_a_task(&Symbol { name, file, line: Some(1), column: None })
        };
        let core = "/r/registry/src/index-1/runtime-hooks-core-0.1.0/src";
        assert!(polls("runtime_hooks_core::task::poll::poll_now", &format!("{core}/task/poll.rs")));
        assert!(polls("poll_now", &format!("{core}/task/poll.rs")));
        assert!(!polls("poll", &format!("{core}/timeout/future.rs")));
        assert!(!polls("poll", "/r/registry/src/index-1/tokio-1.51.0/src/task/poll.rs"));
    }

    #[test]
    fn a_package_is_named_as_its_crate() {
        assert_eq!(crate_name("tokio-util-0.7.18"), "tokio_util");
        assert_eq!(crate_name("tower"), "tower");
    }
}
