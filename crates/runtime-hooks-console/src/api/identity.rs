//! The fields of a series that every document has.

use serde::Serialize;

use crate::series_cache::DisclosedSeries;

/// Which series it is, and where its tasks are spawned.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Identity {
    runtime: &'static str,
    r#type: &'static str,
    /// A short text that tells it apart from all series of now.
    label: String,
    name: Option<String>,
    /// The path of its function.
    function: Option<String>,
    /// `src/main.rs:59:13`. Part of what identifies it if `is_named` is `false`, else where it was first seen.
    location: Option<String>,
    /// Whether the program gave the name.
    is_named: bool,
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
            label: disclosed.label().to_string(),
            name: disclosed.name.clone(),
            function: disclosed.function.clone(),
            is_named: disclosed.is_named(),
            location: disclosed.location(),
            type_name: disclosed.type_name.clone(),
            size: disclosed.size(),
        }
    }
}
