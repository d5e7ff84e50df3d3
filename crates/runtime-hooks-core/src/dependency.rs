//! What a backend instruments.

use std::fmt;

/// A crate that a backend instruments, in these versions: see
/// [`RuntimeHooks::dependencies`](crate::RuntimeHooks::dependencies).
///
/// Displayed as Cargo would read it: `tokio >=1.51, <2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dependency {
    /// The crate's name.
    pub name: &'static str,
    /// The versions that work, as a version requirement of Cargo.
    pub versions: &'static str,
}

impl Dependency {
    /// This crate in these versions: for backends.
    pub const fn new(name: &'static str, versions: &'static str) -> Self {
        Self { name, versions }
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.versions)
    }
}
