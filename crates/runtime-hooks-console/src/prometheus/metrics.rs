//! The numbers of one answer, and how they are encoded, but for histograms as text.

use std::collections::HashMap;
use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use runtime_hooks_lints::Lint;
use runtime_hooks_recorder::catalog::{Metric, Read, attribute, lint_count};
use runtime_hooks_recorder::{Measure, Outcome, RuntimeSnapshot};

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
    /// The lints that apply to the series of this number, and for how many seconds.
    pub(super) lints: Vec<((Lint, usize), u64)>,
    pub(super) namespace: String,
    pub(super) format: Format,
}

impl Metrics {
    /// The histograms of these rows that a metric is of.
    pub(super) fn histograms<'s>(
        &'s self,
        rows: impl Iterator<Item = &'s Row>,
        is_of: fn(Measure) -> bool,
    ) -> impl Iterator<Item = (Labels<'s>, &'s Summary)> {
        rows.flat_map(move |row| {
            let histograms = row.histograms.iter().filter(move |(measure, _)| is_of(*measure));
            histograms.map(|(measure, durations)| (self.labels_of(row, *measure), durations))
        })
    }

    fn labels_of<'s>(&'s self, row: &'s Row, measure: Measure) -> Labels<'s> {
        match measure {
            Measure::Process(outcome) => self.labels_of_outcome(row, outcome),
            Measure::Schedule | Measure::Poll => Labels::of_series(&row.series),
        }
    }

    fn labels_of_outcome<'s>(&'s self, row: &'s Row, outcome: Outcome) -> Labels<'s> {
        let labels = Labels::of_series(&row.series);
        let labels = labels.with(attribute::STATE, outcome.state().as_str());
        match self.errors.get(&outcome) {
            Some(error) => labels.with(attribute::ERROR_TYPE, error),
            None => labels,
        }
    }

    pub(super) fn encode_metric(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        number: usize,
        metric: &Metric,
    ) -> fmt::Result {
        let name = underscored(&metric.full_name(&self.namespace));
        let unit = (metric.unit == "s").then_some(Unit::Seconds);
        let (unit, help) = (unit.as_ref(), metric.help);
        let numbers = || {
            self.rows.iter().map(move |row| (Labels::of_series(&row.series), row.number(number)))
        };
        match metric.read {
            #[cfg(feature = "native-histograms")]
            Read::Histogram(is_of) if self.format == Format::Protobuf => {
                let mut encoder =
                    encoder.encode_descriptor(&name, help, unit, MetricType::Histogram)?;
                for (labels, durations) in self.histograms(self.rows.iter(), is_of) {
                    protobuf::encode_histogram(encoder.encode_family(&labels)?, durations)?;
                }
            }
            Read::Counter(_) => {
                let counted = numbers().filter(|(_, number)| *number > 0);
                let values = counted.map(|(labels, number)| (labels, number as f64));
                self.encode_counter(encoder, &name, help, unit, values)?;
            }
            Read::EndedCounter => {
                let values = self.rows.iter().flat_map(|row| {
                    let each = row.ended.iter();
                    each.map(|(outcome, count)| {
                        (self.labels_of_outcome(row, *outcome), *count as f64)
                    })
                });
                self.encode_counter(encoder, &name, help, unit, values)?;
            }
            Read::UpDown(_) => encode_gauge(encoder, &name, metric, numbers())?,
            Read::RuntimeUpDown(read) => {
                let runtimes = self.runtimes.iter();
                let values = runtimes.filter_map(|runtime| {
                    Some((Labels::default().with(attribute::RUNTIME, runtime.name), read(runtime)?))
                });
                encode_gauge(encoder, &name, metric, values)?;
            }
            Read::WorkerCounter(read) => {
                let workers = self.runtimes.iter().flat_map(|runtime| {
                    (0..runtime.gauges.workers.len()).map(move |worker| (runtime, worker))
                });
                let values = workers.map(|(runtime, worker)| {
                    let labels = Labels::default()
                        .with(attribute::RUNTIME, runtime.name)
                        .with(attribute::WORKER, worker.to_string());
                    (labels, read(runtime, worker))
                });
                self.encode_counter(encoder, &name, help, unit, values)?;
            }
            // As text, histograms are written by `text_histogram.rs`. An unknown kind of metric is left out.
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
        let name = underscored(&format!("{}.{}", self.namespace, lint_count::NAME));
        let values = self.lints.iter().filter_map(|((lint, series), seconds)| {
            let labels = Labels::of_series(&self.rows.get(*series)?.series);
            Some((labels.with(attribute::LINT, lint.as_str()), *seconds as f64))
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
