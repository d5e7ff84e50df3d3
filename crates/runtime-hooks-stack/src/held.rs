//! What is shown of the stack of a thread that a task holds: the lines of the program, and what it calls there.

use std::path::Path;

use crate::function_name::shown_name;
use crate::owner::{Owner, owner};
use crate::stack::{Frame, relevant};
use crate::symbol::Symbol;

/// Where a thread is, from its innermost function up to the poll of the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The function of std, of a library or of the system that the innermost line of the program calls:
    /// `std::thread::sleep`. `None` if the thread is in the program's own code.
    pub called: Option<String>,
    /// Whether that is a function of std.
    pub calls_std: bool,
    /// The lines of the program, the innermost first, and what they call of libraries.
    pub frames: Vec<Frame>,
}

impl Held {
    /// Of all functions of the stack, the innermost first.
    pub fn new(symbols: &[Symbol]) -> Self {
        let mut owned: Vec<_> = symbols.iter().map(|symbol| (owner_of(symbol), symbol)).collect();
        libraries_without_lines(&mut owned);
        let inside = owned.iter().take_while(|(owner, _)| *owner != Owner::Program);
        let inside: Vec<_> = inside.filter(|(owner, _)| *owner != Owner::Ours).collect();
        // What the program called is outermost.
        let is_rust = |(_, symbol): &&&(Owner, &Symbol)| is_rust(symbol);
        let called = inside.iter().rev().find(is_rust).or(inside.last());
        Self {
            called: called.map(|(_, symbol)| called_name(symbol)),
            calls_std: called
                .is_some_and(|(owner, symbol)| *owner == Owner::Std && self::is_rust(symbol)),
            frames: relevant(&owned),
        }
    }
}

/// If the program has lines, a function of Rust without them is in a crate that was built without them: a library.
fn libraries_without_lines(owned: &mut [(Owner, &Symbol)]) {
    let is_program = |(owner, _): &(Owner, &Symbol)| *owner == Owner::Program;
    if owned.iter().any(|one| is_program(one) && one.1.file.is_some()) {
        let without_lines = |one: &&mut (Owner, &Symbol)| is_program(one) && one.1.file.is_none();
        owned.iter_mut().filter(without_lines).for_each(|one| one.0 = Owner::Library);
    }
}

/// `std::process::Child::wait` also where the name is `<std::process::Child>::wait`, or only `wait`.
fn called_name(symbol: &Symbol) -> String {
    let name = shown_name(symbol);
    if let (false, Some(module)) = (symbol.has_path(), symbol.file.as_deref().and_then(std_module))
    {
        return format!("{module}::{name}");
    }
    match name.strip_prefix('<').and_then(|rest| rest.split_once(">::")) {
        Some((of, method)) if !of.contains([' ', '<']) => format!("{of}::{method}"),
        _ => name,
    }
}

/// The module of a source file of std: `std::thread::functions` for `.../library/std/src/thread/functions.rs`.
fn std_module(file: &str) -> Option<String> {
    let file = file.replace('\\', "/");
    let (krate, path) = file.split_once("/library/")?.1.split_once("/src/")?;
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let path = if path == "lib" { "" } else { path };
    let parts: Vec<_> =
        [krate].into_iter().chain(path.split('/')).filter(|p| !p.is_empty()).collect();
    Some(parts.join("::"))
}

/// What is not written in Rust is what a function of Rust called: a function of the system, mostly.
fn owner_of(symbol: &Symbol) -> Owner {
    if is_rust(symbol) { owner(symbol) } else { Owner::Std }
}

fn is_rust(symbol: &Symbol) -> bool {
    match &symbol.file {
        Some(file) => Path::new(file).extension().is_some_and(|extension| extension == "rs"),
        // Without lines, a bare name is a function of the system's libraries.
        None => symbol.has_path(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is called, and the frames. Each symbol is a function and a file.
    fn held(symbols: &[(&str, &str)]) -> (Option<String>, Vec<String>) {
        let symbol = |(name, file): &(&str, &str)| {
            let file = (!file.is_empty()).then(|| (*file).to_owned());
            Symbol { name: (*name).to_owned(), file, line: Some(1), column: None }
        };
        let symbols: Vec<_> = symbols.iter().map(symbol).collect();
        let Held { called, frames, .. } = Held::new(&symbols);
        (called, frames.into_iter().map(|frame| frame.function).collect())
    }

    const STD: &str = "/rustc/1/library/std/src/thread/functions.rs";
    const APP: &str = "/home/ann/app/src/main.rs";
    const REGEX: &str = "/r/registry/src/index-1/regex-1.11.0/src/regex/string.rs";

    #[test]
    fn the_outermost_function_below_the_program_is_what_it_called() {
        let sleep = [
            ("__GI___clock_nanosleep", "./time/../sysdeps/unix/sysv/linux/clock_nanosleep.c"),
            ("std::sys::thread::unix::sleep", STD),
            ("std::thread::sleep", STD),
            ("app::load::{{closure}}", APP),
            ("runtime_hooks_core::task::poll::poll_now", ""),
            ("app::main::{{closure}}", APP),
        ];
        let frames = ["app::load", "app::main"].map(str::to_owned).to_vec();
        assert_eq!(held(&sleep), (Some("std::thread::sleep".to_owned()), frames.clone()));
        assert_eq!(held(&sleep[3..]), (None, frames));
    }

    #[test]
    fn an_inlined_function_of_std_is_named_with_its_module() {
        let (called, _) = held(&[
            ("std::sys::sync::mutex::futex::Mutex::lock_contended", STD),
            ("lock<()>", "/rustc/1/library/std/src/sync/poison/mutex.rs"),
            ("wait", APP),
        ]);
        assert_eq!(called.as_deref(), Some("std::sync::poison::mutex::lock"));
        assert_eq!(std_module("/rustc/1/library/core/src/hint.rs").as_deref(), Some("core::hint"));
        assert_eq!(std_module("/r/library/std/src/thread/mod.rs").as_deref(), Some("std::thread"));
        assert_eq!(std_module(APP), None);
    }

    #[test]
    fn a_library_that_computes_is_named_with_its_caller() {
        let (called, frames) = held(&[
            ("regex_automata::hybrid::search::find_fwd", REGEX),
            ("regex::regex::string::Regex::is_match", REGEX),
            ("app::check", APP),
        ]);
        assert_eq!(called.as_deref(), Some("regex::regex::string::Regex::is_match"));
        assert_eq!(frames, ["regex::regex::string::Regex::is_match", "app::check"]);
    }

    #[test]
    fn a_function_without_a_line_is_a_library_s_if_the_program_has_lines() {
        let (called, frames) = held(&[
            ("<std::sync::Condvar>::wait", STD),
            ("parking::Parker::park", ""),
            ("app::wait", APP),
        ]);
        assert_eq!(called.as_deref(), Some("parking::Parker::park"));
        assert_eq!(frames, ["parking::Parker::park", "app::wait"]);
        let (called, frames) = held(&[("<std::sync::Condvar>::wait", STD), ("app::wait", "")]);
        assert_eq!(called.as_deref(), Some("std::sync::Condvar::wait"));
        assert_eq!(frames, ["app::wait"]);
    }

    #[test]
    fn a_function_of_the_system_is_named_if_the_program_calls_it_itself() {
        let (called, frames) = held(&[("usleep", ""), ("app::nap", APP)]);
        assert_eq!((called.as_deref(), frames), (Some("usleep"), vec!["app::nap".to_owned()]));
    }
}
