//! The attributes of a value, as OpenTelemetry's key-value pairs.

use opentelemetry::{KeyValue, Value};
use runtime_hooks_recorder::SeriesKey;
use runtime_hooks_recorder::catalog::{AttributeValue, Attributes};

/// The attributes of an [exported](SeriesKey::exported) series, for metrics of your own about it.
pub fn attributes_of(key: &SeriesKey) -> Vec<KeyValue> {
    key_values(Attributes::of_series(key))
}

pub(crate) fn key_values(attributes: Attributes<'_>) -> Vec<KeyValue> {
    let value = |value| match value {
        AttributeValue::Static(text) => Value::from(text),
        AttributeValue::Index(index) => i64::try_from(index).unwrap_or(i64::MAX).into(),
        other => other.to_string().into(),
    };
    attributes.iter().map(|(name, of)| KeyValue::new(name, value(of))).collect()
}
