//! `/metrics`: the catalog in Prometheus' formats, under the names that OpenTelemetry's translation gives its metrics.

mod format;
mod labels;
#[cfg(feature = "native-histograms")]
mod native_buckets;
mod row;
mod groups;
mod text_histogram;
#[cfg(feature = "native-histograms")]
mod protobuf;
mod metrics;
mod scrape;

pub(crate) use self::format::Format;
pub(crate) use self::scrape::Scrape;
