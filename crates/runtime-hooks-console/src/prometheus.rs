//! `/metrics`: the catalog in Prometheus' formats, under the names that OpenTelemetry's translation gives them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use runtime_hooks_core::catalog::{METRICS, Metric, Read, attribute, lint_count};
use runtime_hooks_core::{Measure, Outcome, RuntimeSnapshot};
use runtime_hooks_lints::Lint;

mod labels;
mod lines;
#[cfg(feature = "native-histograms")]
mod native;
mod row;

use self::labels::{Labels, underscored};
use self::lines::Family;
use self::row::{Row, Summary};

use crate::chunks::Chunks;
use crate::incremental::PartWriter;
use crate::sampler::Sampler;

/// In which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus' text, version 0.0.4: what everything reads.
    Text,
    OpenMetrics,
    /// With native histograms.
    #[cfg(feature = "native-histograms")]
    Protobuf,
}

impl Format {
    /// The best that an `Accept` header asks for.
    pub(crate) fn wanted(accepted: &str) -> Self {
        let mut kinds = accepted.split(',').map(str::trim);
        #[cfg(feature = "native-histograms")]
        if kinds.clone().any(|kind| {
            kind.starts_with("application/vnd.google.protobuf") && kind.contains("delimited")
        }) {
            return Self::Protobuf;
        }
        let is_open = kinds.any(|kind| kind.starts_with("application/openmetrics-text"));
        if is_open { Self::OpenMetrics } else { Self::Text }
    }

    const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::OpenMetrics)
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            #[cfg(feature = "native-histograms")]
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

/// Everything that was recorded, as of when it was made.
#[derive(Debug)]
pub(crate) struct Scrape(Arc<Page>);

/// Series whose histograms are in one part, some MiB of text: each part waits for its turn on the worker.
const PART: usize = 512;

impl Scrape {
    pub(crate) fn new(sampler: &Sampler, format: Format) -> Self {
        let instrumentor = sampler.instrumentor();
        let recorder = instrumentor.recorder();
        let disclosed = sampler.series_cache().all(&recorder);
        let rows: Vec<_> = disclosed
            .iter()
            .zip(recorder.series())
            .map(|(series, of)| Row::new(Arc::clone(series), &of, format))
            .collect();
        let errors = rows.iter().flat_map(|row| &row.ended).filter_map(|(outcome, _)| {
            let error = outcome.error_type()?;
            Some((*outcome, sampler.series_cache().error_type(error)))
        });
        let errors = errors.collect();
        // In a statement of its own: the sources of the runtimes' gauges are not called under this lock.
        let lints = sampler.state().lint_seconds.iter().map(|(of, s)| (*of, *s)).collect();
        let (runtimes, namespace) = (recorder.runtimes(), instrumentor.namespace());
        Self(Arc::new(Page { rows, errors, runtimes, lints, namespace, format }))
    }

    /// All that is not in the parts before.
    fn write_rest(&self, into: &mut Chunks) -> fmt::Result {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Self(Arc::clone(&self.0))));
        match self.0.format {
            Format::Text | Format::OpenMetrics => text::encode(into, &registry),
            #[cfg(feature = "native-histograms")]
            Format::Protobuf => {
                into.write_bytes(&native::encode(&registry));
                Ok(())
            }
        }
    }
}

/// As text, the histograms come first: nearly all of it, and many megabytes.
impl PartWriter for Scrape {
    fn write_part(&self, number: usize, into: &mut Chunks) -> Result<bool, fmt::Error> {
        let page = &*self.0;
        let parts = page.rows.len().div_ceil(PART).max(1);
        let mut metrics = METRICS.iter().filter(|_| page.format.is_text()).filter_map(|metric| {
            let Read::Histogram(is_of) = metric.read else { return None };
            Some((metric, is_of))
        });
        let Some((metric, is_of)) = metrics.nth(number / parts) else {
            return self.write_rest(into).map(|()| false);
        };
        let name = format!("{}_seconds", underscored(&metric.full_name(&page.namespace)));
        let (family, part) = (Family::new(name), number % parts);
        if part == 0 {
            family.open(into, metric.help)?;
        }
        let rows = page.rows.iter().skip(part * PART).take(PART);
        for (labels, durations) in page.histograms(rows, is_of) {
            family.write(into, &labels, durations)?;
        }
        Ok(true)
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut metrics = METRICS.iter().enumerate();
        metrics
            .try_for_each(|(number, metric)| self.0.encode_metric(&mut encoder, number, metric))?;
        self.0.encode_lints(&mut encoder)
    }
}

/// One answer.
#[derive(Debug)]
struct Page {
    rows: Vec<Row>,
    /// What is shown of each outcome's error type.
    errors: HashMap<Outcome, String>,
    runtimes: Vec<RuntimeSnapshot>,
    /// By number of the series.
    lints: Vec<((Lint, usize), u64)>,
    namespace: String,
    format: Format,
}

impl Page {
    fn histograms<'s>(
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

    fn encode_metric(
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
                    native::encode_histogram(encoder.encode_family(&labels)?, durations)?;
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
            // As text, histograms are written already; a kind that this version does not know is left out.
            _ => {}
        }
        Ok(())
    }

    /// Where there is nothing to count there is no family either: `_overflow` of a program that has none.
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
        // In this format the family has the whole name, which the library knows of gauges alone.
        let unit = unit.map_or_else(String::new, |unit| format!("_{}", unit.as_str()));
        let name = format!("{name}{unit}_total");
        let mut encoder = encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
        values.try_for_each(|(labels, value)| encoder.encode_family(&labels)?.encode_gauge(&value))
    }

    fn encode_lints(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let name = underscored(&format!("{}.{}", self.namespace, lint_count::NAME));
        let values = self.lints.iter().filter_map(|((lint, series), seconds)| {
            let labels = Labels::of_series(&self.rows.get(*series)?.series);
            Some((labels.with(attribute::LINT, lint.as_str()), *seconds as f64))
        });
        self.encode_counter(encoder, &name, lint_count::HELP, None, values)
    }
}

/// A gauge called `_count` would be taken for a part of a histogram: it is called by what it counts.
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
