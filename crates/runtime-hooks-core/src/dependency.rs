//! The dependencies that a backend instruments.

use std::fmt;

/// A crate that a backend instruments, with its versions. Each backend crate lists its own in `DEPENDENCIES`.
///
/// Its `Display` is Cargo's syntax: `tokio >=1.51, <2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dependency {
    /// The name of the crate.
    pub name: &'static str,
    /// The supported versions, as a version requirement of Cargo.
    pub versions: &'static str,
}

impl Dependency {
    /// Creates a dependency: for backends.
    pub const fn new(name: &'static str, versions: &'static str) -> Self {
        Self { name, versions }
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.versions)
    }
}
