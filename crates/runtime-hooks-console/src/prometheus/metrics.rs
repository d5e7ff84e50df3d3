//! The numbers of one answer, and how they are encoded, but for histograms as text.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use runtime_hooks_recorder::catalog::{
    Attributes, ExportSettings, ExportedMetric, Instrument, Metric, Value, attribute, lint_count,
};
use runtime_hooks_recorder::{Outcome, RuntimeSnapshot};

use super::format::Format;
use super::labels::{Labels, underscored};
#[cfg(feature = "native-histograms")]
use super::protobuf;
use super::row::{Row, Summary};

/// The numbers of one answer.
#[derive(Debug)]
pub(super) struct Metrics {
    pub(super) rows: Vec<Row>,
    /// What is shown of each outcome's error type.
    pub(super) errors: HashMap<Outcome, String>,
    pub(super) runtimes: Vec<RuntimeSnapshot>,
    /// The lints that apply to the row of this number, and for how many seconds.
    pub(super) lints: BTreeMap<(&'static str, usize), u64>,
    pub(super) settings: ExportSettings,
    pub(super) format: Format,
}

impl Metrics {
    /// The histograms of these rows that belong to a metric.
    pub(super) fn histograms<'s>(
        &'s self,
        rows: impl Iterator<Item = &'s Row>,
        metric: &'static Metric,
    ) -> impl Iterator<Item = (Labels<'s>, &'s Summary)> {
        rows.flat_map(move |row| {
            let histograms = row.histograms.iter().filter(|(measure, _)| metric.is_of(*measure));
            histograms.map(|(measure, durations)| {
                let attributes = Attributes::of_measure(&row.key, *measure);
                (self.labels(attributes), durations)
            })
        })
    }

    /// The attributes as labels: error types as they are disclosed.
    fn labels<'s>(&'s self, attributes: Attributes<'s>) -> Labels<'s> {
        attributes.iter().fold(Labels::default(), |labels, (name, value)| {
            let outcome = attributes.outcome().filter(|_| name == attribute::ERROR_TYPE);
            match outcome.and_then(|outcome| self.errors.get(&outcome)) {
                Some(disclosed) => labels.with(name, &**disclosed),
                None => labels.with(name, value.to_string()),
            }
        })
    }

    /// Every value of a metric that is not a histogram.
    fn values(&self, metric: &Metric) -> Vec<(Labels<'_>, Value<'_>)> {
        let mut values = Vec::new();
        for row in &self.rows {
            let of_row = row.values(metric);
            values.extend(of_row.map(|(of, value)| (self.labels(of), value)));
        }
        for runtime in &self.runtimes {
            metric.visit_runtime(runtime, |attributes, value| {
                values.push((self.labels(attributes), value));
            });
        }
        values
    }

    pub(super) fn encode_metric(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        ExportedMetric { metric, name, help, .. }: &ExportedMetric,
    ) -> fmt::Result {
        let name = underscored(name);
        let unit = (metric.unit == "s").then_some(Unit::Seconds);
        let unit = unit.as_ref();
        match metric.instrument() {
            #[cfg(feature = "native-histograms")]
            Instrument::Histogram if self.format == Format::Protobuf => {
                let mut encoder =
                    encoder.encode_descriptor(&name, help, unit, MetricType::Histogram)?;
                let boundaries = self.settings.text_boundaries(metric);
                for (labels, durations) in self.histograms(self.rows.iter(), metric) {
                    protobuf::encode_histogram(
                        encoder.encode_family(&labels)?,
                        durations,
                        boundaries,
                    )?;
                }
            }
            Instrument::Counter | Instrument::FloatCounter => {
                let values = self.values(metric).into_iter();
                let values = values.filter_map(|(labels, value)| match value {
                    Value::Counter(count) => Some((labels, count as f64)),
                    Value::FloatCounter(sum) => Some((labels, sum)),
                    _ => None,
                });
                self.encode_counter(encoder, &name, help, unit, values)?;
            }
            Instrument::UpDownCounter => {
                let values = self.values(metric).into_iter();
                let values = values.filter_map(|(labels, value)| match value {
                    Value::UpDownCounter(number) => Some((labels, number)),
                    _ => None,
                });
                encode_gauge(encoder, &name, metric, values)?;
            }
            // As text, histograms are written by `text_histogram.rs`. An unknown instrument is left out.
            _ => {}
        }
        Ok(())
    }

    /// A counter without values has no family: `_overflow` of a program that has none.
    fn encode_counter<'s>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        values: impl Iterator<Item = (Labels<'s>, f64)>,
    ) -> fmt::Result {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return Ok(());
        }
        if self.format != Format::Text {
            let mut encoder = encoder.encode_descriptor(name, help, unit, MetricType::Counter)?;
            return values.try_for_each(|(labels, value)| {
                encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, f64, f64>(&value, None)
            });
        }
        // In this format a family has the metric's whole name, which the library writes only for gauges.
        let unit = unit.map_or_else(String::new, |unit| format!("_{}", unit.as_str()));
        let name = format!("{name}{unit}_total");
        let mut encoder = encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
        values.try_for_each(|(labels, value)| encoder.encode_family(&labels)?.encode_gauge(&value))
    }

    pub(super) fn encode_lints(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        if self.settings.python {
            return Ok(());
        }
        let name = underscored(&format!("{}.{}", self.settings.namespace(), lint_count::NAME));
        let values = self.lints.iter().filter_map(|((lint, row), seconds)| {
            let labels = self.labels(Attributes::of_series(&self.rows.get(*row)?.key));
            Some((labels.with(attribute::LINT, *lint), *seconds as f64))
        });
        self.encode_counter(encoder, &name, lint_count::HELP, None, values)
    }
}

/// Prometheus takes a name that ends with `_count` for a part of a histogram: such a gauge is named by what it counts.
fn encode_gauge<'s>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    metric: &Metric,
    values: impl Iterator<Item = (Labels<'s>, u64)>,
) -> fmt::Result {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let counted = metric.unit.trim_matches(['{', '}']);
    let plural = name.strip_suffix(&format!("{counted}_count")).map(|of| format!("{of}{counted}s"));
    let name = plural.as_deref().unwrap_or(name);
    let mut encoder = encoder.encode_descriptor(name, metric.help, None, MetricType::Gauge)?;
    values.try_for_each(|(labels, value)| {
        encoder.encode_family(&labels)?.encode_gauge(&i64::try_from(value).unwrap_or(i64::MAX))
    })
}
