//! Helpers of the cases of this group.

use opentelemetry_sdk::trace::SpanData;

use crate::traces::{Traces, attribute, every_name};
use crate::{Harness, Stage};

/// A stage on which every name is traced.
pub(super) fn on_stage<H: Harness>() -> (Stage<H>, Traces) {
    Traces::on_stage(every_name())
}

/// The value of a string attribute.
pub(super) fn text(span: &SpanData, key: &str) -> Option<String> {
    attribute(span, key).map(|value| value.as_str().into_owned())
}
