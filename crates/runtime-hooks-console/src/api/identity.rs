//! The fields of a series that every document has.

use serde::Serialize;

use crate::series_cache::DisclosedSeries;

/// Which series it is, and where its tasks are spawned.
#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    runtime: &'static str,
    r#type: &'static str,
    name: Option<String>,
    /// `src/main.rs:59`.
    location: Option<String>,
    /// The full path of the future's or closure's type, if the name is derived from it.
    type_name: Option<String>,
    /// In bytes.
    size: Option<usize>,
}

impl Identity {
    pub(super) fn of(disclosed: &DisclosedSeries) -> Self {
        Self {
            runtime: disclosed.key.runtime(),
            r#type: disclosed.key.kind().as_str(),
            name: disclosed.name.clone(),
            location: disclosed.location(),
            type_name: disclosed.type_name.clone(),
            size: disclosed.size(),
        }
    }
}
