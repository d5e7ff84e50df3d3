//! Functions and lines of addresses.

use std::collections::HashMap;
use std::sync::Arc;

/// One function at an address; several if functions are inlined there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// Its path, or only its name if the program was built without the paths of inlined functions.
    pub name: String,
    /// The source file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

impl Symbol {
    /// Whether the name has a path.
    pub fn has_path(&self) -> bool {
        self.name.starts_with('<') || before_generics(&self.name).contains("::")
    }
}

/// A name without what it is generic over.
pub(crate) fn before_generics(name: &str) -> &str {
    name.split('<').next().unwrap_or(name)
}

/// Looks up each address once.
#[derive(Debug, Default)]
pub struct Symbols(HashMap<usize, Arc<[Symbol]>>);

impl Symbols {
    /// The functions at a return address, the innermost first.
    pub fn at(&mut self, address: usize) -> Arc<[Symbol]> {
        Arc::clone(self.0.entry(address).or_insert_with(|| resolve(address)))
    }
}

fn resolve(address: usize) -> Arc<[Symbol]> {
    let mut symbols = Vec::new();
    // The call, which is before the address to which it returns.
    let call = std::ptr::without_provenance_mut(address.saturating_sub(1));
    backtrace::resolve(call, |found| {
        symbols.push(Symbol {
            // An address would tell where the program is in memory.
            name: found.name().map_or_else(|| "unknown".to_owned(), |name| format!("{name:#}")),
            file: found.filename().map(|file| file.display().to_string()),
            line: found.lineno(),
            column: found.colno(),
        });
    });
    symbols.into()
}
