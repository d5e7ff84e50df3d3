//! Says what a program must be built with, if its functions or lines are missing.

use crate::owner::{Owner, owner};
use crate::symbol::Symbol;

/// What all traces of a dump had.
#[derive(Debug, Default)]
pub struct Completeness {
    traces: usize,
    with_lines: usize,
    has_bare_names: bool,
}

const NO_LINES: &str = "lines are missing: build the program with `debug = 1` in its Cargo profile";
const BARE_NAMES: &str = "paths of inlined functions are missing: build the program with `debug = 1` in its Cargo profile";

impl Completeness {
    /// Adds a trace.
    pub fn add(&mut self, symbols: &[Symbol]) {
        // std has its own debug information, whatever the program has.
        let has_line = |symbol: &Symbol| symbol.line.is_some() && owner(symbol) != Owner::Std;
        self.traces += 1;
        self.with_lines += usize::from(symbols.iter().any(has_line));
        self.has_bare_names |= symbols.iter().any(|symbol| {
            !symbol.has_path() && symbol.line.is_some() && owner(symbol) == Owner::Program
        });
    }

    /// What to tell.
    pub fn hint(&self) -> Option<&'static str> {
        if self.traces > self.with_lines {
            return Some(NO_LINES);
        }
        self.has_bare_names.then_some(BARE_NAMES)
    }
}
