//! Attributes as Prometheus' labels.

use std::borrow::Cow;
use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};

/// `async.runtime.name` as Prometheus writes names: `async_runtime_name`.
pub(super) fn underscored(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Names and values of labels.
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
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}
