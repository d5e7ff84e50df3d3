//! What exporters make of a recorder's series.

use crate::series_key::SeriesKey;

/// Settings of all exporters of a recorder: the OpenTelemetry bridge and the console's `/metrics`.
///
/// An instrumentor's `Config` has them. Exporters of other recorders get their own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportSettings {
    /// The prefix of all metric names. Default `asyncio`.
    pub namespace: String,
    /// Whether series are told apart by file and line too. Default `false`: an edit then changes no series.
    pub location: bool,
    /// The maximum number of attribute sets of one OpenTelemetry instrument; further ones are exported as `_OTHER`.
    /// Default 2 000: that of OpenTelemetry's SDK, which would drop their attributes. To export more, raise the limit
    /// in a view of the SDK too.
    pub cardinality_limit: usize,
}

impl ExportSettings {
    /// The key under which a series is exported. Series with equal keys are exported as one.
    pub fn key_of(&self, key: &SeriesKey) -> SeriesKey {
        key.clone().exported(self.location)
    }
}

impl Default for ExportSettings {
    fn default() -> Self {
        Self { namespace: "asyncio".to_owned(), location: false, cardinality_limit: 2_000 }
    }
}
