//! What tells one series from another, and where a series was first seen.

use std::panic::Location;
use std::sync::Arc;

use crate::state::Kind;

/// The name under which everything past the series cap is counted.
pub const OVERFLOW_NAME: &str = "_OTHER";

/// What tells one series from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeriesKey {
    kind: Kind,
    name: Option<Arc<str>>,
    runtime: &'static str,
}

impl SeriesKey {
    pub(crate) fn new(kind: Kind, name: Option<Arc<str>>, runtime: &'static str) -> Self {
        Self { kind, name, runtime }
    }

    /// The `type` attribute.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The `name` attribute; absent for anonymous futures.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn shared_name(&self) -> Option<Arc<str>> {
        self.name.clone()
    }

    /// The `async.runtime.name` attribute.
    pub fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// The key of the overflow series of the same kind and runtime.
    pub(crate) fn into_overflow(self) -> Self {
        Self { name: Some(OVERFLOW_NAME.into()), ..self }
    }

    /// Whether this is where names past the series cap are counted.
    pub fn is_overflow(&self) -> bool {
        self.name() == Some(OVERFLOW_NAME)
    }
}

/// Where a series was first seen: what spans and pages add to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpawnSite {
    /// The type of the future or closure, if the name came from it.
    pub type_name: Option<&'static str>,
    /// The call site.
    pub location: &'static Location<'static>,
    /// How many bytes the future or closure takes; `None` if it is known by a runtime's hooks alone.
    pub size: Option<usize>,
}
