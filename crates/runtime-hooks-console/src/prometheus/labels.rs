//! Attributes as labels.

use std::borrow::Cow;
use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use runtime_hooks_core::catalog::attribute;
use runtime_hooks_core::{Measure, Outcome, SeriesKey};

/// `async.runtime.name` as Prometheus writes names: `async_runtime_name`.
pub(super) fn underscored(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The attributes, as labels.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels<'s>(Vec<(String, Cow<'s, str>)>);

impl<'s> Labels<'s> {
    pub(super) fn with(mut self, name: &str, value: impl Into<Cow<'s, str>>) -> Self {
        self.0.push((underscored(name), value.into()));
        self
    }

    /// All of them as text: `type="coroutine",name="fetch"`.
    pub(super) fn as_text(&self) -> String {
        let label = |(name, value): &(String, Cow<'_, str>)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        };
        self.0.iter().map(label).collect::<Vec<_>>().join(",")
    }

    pub(super) fn of_series(key: &'s SeriesKey) -> Self {
        let labels = Self::default()
            .with(attribute::RUNTIME, key.runtime())
            .with(attribute::TYPE, key.kind().as_str());
        match key.name() {
            Some(name) => labels.with(attribute::NAME, name),
            None => labels,
        }
    }

    pub(super) fn of_outcome(key: &'s SeriesKey, outcome: Outcome) -> Self {
        let labels = Self::of_series(key).with(attribute::STATE, outcome.state().as_str());
        match outcome.error_type() {
            Some(error) => labels.with(attribute::ERROR_TYPE, error),
            None => labels,
        }
    }

    pub(super) fn of_measure(key: &'s SeriesKey, measure: Measure) -> Self {
        match measure {
            Measure::Process(outcome) => Self::of_outcome(key, outcome),
            Measure::Schedule | Measure::Poll => Self::of_series(key),
        }
    }
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}
