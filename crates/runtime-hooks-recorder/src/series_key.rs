//! The identity of a series, and where a series was first seen.

use std::panic::Location;
use std::sync::Arc;

use crate::state::Kind;

/// The name under which tasks past the series cap are counted.
pub const OVERFLOW_NAME: &str = "_OTHER";

/// Identifies a series: kind, name and runtime.
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

    /// Whether this is the series of names past the series cap.
    pub fn is_overflow(&self) -> bool {
        self.name() == Some(OVERFLOW_NAME)
    }
}

/// Where a series was first seen. Spans and the console show it with the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpawnSite {
    /// The type of the future or closure, if the name was derived from it.
    pub type_name: Option<&'static str>,
    /// The call site.
    pub location: &'static Location<'static>,
    /// The size of the future or closure in bytes; `None` if only a runtime's hooks report it.
    pub size: Option<usize>,
}
