//! What is shown of a trace: the awaiting lines of the program, and what the innermost of them waits for.

use serde::Serialize;

use crate::function_name::shown_name;
use crate::owner::{
    Owner, crate_name, krate, owner, owner_of_crate, package_of_file, polls_a_task,
};
use crate::symbol::Symbol;
use crate::wait::{wait_of, yields};

/// One function and the line in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Frame {
    /// Its path, `shop::cart::checkout`, or only its name if the program was built without that.
    pub function: String,
    /// The source file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

/// Where a leaf future of a task waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Stack {
    /// What it waits for, in words: `channel recv`, `mutex`, `sleep`. `None` if that is not known.
    pub wait: Option<String>,
    /// Whether the task woke itself there instead, as a future does that yields.
    pub yields: bool,
    /// The frames, the innermost first.
    pub frames: Vec<Frame>,
}

impl Stack {
    /// Of all functions of a trace, the innermost first.
    pub fn new(symbols: &[Symbol], is_wake: bool, all_frames: bool) -> Self {
        let symbols = own(symbols);
        let leaf = symbols
            .iter()
            .take_while(|(owner, symbol)| *owner != Owner::Program && !polls_a_task(symbol));
        let called = leaf.filter(|(owner, _)| *owner == Owner::Library);
        let wait = wait_of(&called.map(|(_, symbol)| *symbol).collect::<Vec<_>>());
        let frames = if all_frames {
            symbols.iter().map(|(_, symbol)| frame(symbol)).collect()
        } else {
            relevant(&symbols)
        };
        let yields = is_wake || wait.is_some_and(yields);
        Self { wait: wait.map(str::to_owned), yields, frames }
    }
}

/// The symbols with their owners, without the walk of the stack, which is ours.
fn own(symbols: &[Symbol]) -> Vec<(Owner, &Symbol)> {
    let owned = symbols.iter().map(|symbol| (owner(symbol), symbol));
    // Our waker is called by a function of std.
    owned.skip_while(|(owner, _)| matches!(owner, Owner::Ours | Owner::Std)).collect()
}

/// The program's frames, and of the libraries' frames between two of them the outermost, which is what was called.
pub(crate) fn relevant(symbols: &[(Owner, &Symbol)]) -> Vec<Frame> {
    let mut kept: Vec<&Symbol> = Vec::new();
    let mut library: Option<&Symbol> = None;
    for (owner, symbol) in symbols {
        match owner {
            Owner::Std | Owner::Ours => {}
            Owner::Library => library = Some(symbol),
            Owner::Program => {
                // Between frames of the program a bare name says nothing.
                if let Some(called) = library.take()
                    && (kept.is_empty() || called.has_path())
                {
                    push(&mut kept, called);
                }
                push(&mut kept, symbol);
            }
        }
    }
    // Without a frame of the program, the library's is all there is.
    if kept.is_empty() {
        kept.extend(library);
    }
    kept.into_iter().map(frame).collect()
}

/// A function and the closures in it are one frame: the innermost line tells where it is, unless it is in a macro. The same
/// function twice is a recursion.
fn push<'s>(kept: &mut Vec<&'s Symbol>, symbol: &'s Symbol) {
    let is_in_library = |symbol: &Symbol| {
        symbol.file.as_deref().is_some_and(|file| package_of_file(file).is_some())
    };
    match kept.last_mut() {
        Some(last) if is_closure_in(last, symbol) => {
            if is_in_library(last) && !is_in_library(symbol) {
                *last = symbol;
            }
        }
        _ => kept.push(symbol),
    }
}

/// Whether the one is a closure in the other.
fn is_closure_in(inner: &Symbol, outer: &Symbol) -> bool {
    inner.name != outer.name
        && inner.name.starts_with(&outer.name)
        && inner.has_path()
        && shown_name(inner) == shown_name(outer)
}

fn frame(symbol: &Symbol) -> Frame {
    let function = shown_name(symbol);
    // A macro of one library in another says nothing of the function.
    let package = symbol.file.as_deref().and_then(package_of_file);
    let is_elsewhere = package.is_some_and(|package| {
        symbol.has_path()
            && owner_of_crate(krate(&function)) == Owner::Library
            && crate_name(package) != krate(&function)
    });
    if is_elsewhere {
        return Frame { function, file: None, line: None, column: None };
    }
    let Symbol { file, line, column, .. } = symbol.clone();
    Frame { function, file, line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECV: &str = "tokio::sync::mpsc::bounded::Receiver<T>::recv::{{closure}}";
    const SLEEP: &str = "<tokio::time::sleep::Sleep as core::future::future::Future>::poll";
    const POLL: &str = "runtime_hooks_core::task::poll::poll_now";
    const TIMEOUT: &str = "<runtime_hooks_core::timeout::future::Timeout<F,S,C> as core::future::future::Future>::poll";
    const JOIN: &str = "<runtime_hooks_core::join::join_handle::JoinHandle<T,R> as core::future::future::Future>::poll";

    /// What these functions wait for, and the names of the frames. Our waker is innermost, `app::run` outermost.
    fn stack(names: &[&str]) -> (Option<String>, Vec<String>) {
        let names = [&["runtime_hooks_core::dump::trace_waker::clone"], names, &["app::run"]];
        let symbol = |name: &&str| {
            let (name, file) = ((*name).to_owned(), None);
            Symbol { name, file, line: None, column: None }
        };
        let symbols: Vec<_> = names.concat().iter().map(symbol).collect();
        let stack = Stack::new(&symbols, false, false);
        (stack.wait, stack.frames.into_iter().map(|frame| frame.function).collect())
    }

    #[test]
    fn what_is_outside_of_a_recorded_future_does_not_tell_what_it_waits_for() {
        let (wait, frames) = stack(&[RECV, POLL, TIMEOUT]);
        assert_eq!(wait.as_deref(), Some("channel recv"));
        assert_eq!(frames, ["runtime_hooks_core::timeout::future::Timeout<F,S,C>", "app::run"]);
        assert_eq!(stack(&[SLEEP, TIMEOUT]).0.as_deref(), Some("timeout"));
    }

    #[test]
    fn a_closure_is_a_part_of_its_function_and_a_recursion_is_not() {
        let (_, frames) = stack(&["app::walk::{{closure}}::{{closure}}", "app::walk::{{closure}}"]);
        assert_eq!(frames, ["app::walk", "app::run"]);
        let (_, frames) = stack(&["app::walk::{{closure}}", "app::walk::{{closure}}"]);
        assert_eq!(frames, ["app::walk", "app::walk", "app::run"]);
    }

    #[test]
    fn a_handle_of_ours_is_shown_as_those_of_the_runtimes() {
        let task = "<async_task::task::FallibleTask<T,M> as core::future::future::Future>::poll";
        let (wait, frames) = stack(&[task, "runtime_hooks_smol::raw_task::catch", JOIN]);
        assert_eq!(wait.as_deref(), Some("join of a task"));
        assert_eq!(frames, ["runtime_hooks_core::join::join_handle::JoinHandle<T,R>", "app::run"]);
    }
}
