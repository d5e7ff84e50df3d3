//! `/metrics`: the catalog in Prometheus' formats, under the names that OpenTelemetry's translation gives them.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use runtime_hooks_core::catalog::{METRICS, Metric, Read, attribute, lint_count};
use runtime_hooks_core::{HistogramSnapshot, Measure, SeriesSnapshot, Snapshot};

mod labels;
mod lines;
#[cfg(feature = "native-histograms")]
mod native;

use self::labels::{Labels, underscored};
use self::lines::Family;

use crate::observatory::{LintSeconds, Observatory};
use crate::server::Pieces;

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

/// Writes everything that was recorded, as of now.
pub(crate) fn encode(observatory: &Observatory, format: Format, into: &mut Pieces) -> fmt::Result {
    let instrumentor = observatory.instrumentor();
    let page = Page {
        snapshot: instrumentor.recorder().snapshot(),
        lints: observatory.seen().lint_seconds.clone(),
        namespace: instrumentor.namespace(),
        format,
    };
    if format.is_text() {
        page.write_histograms(into)?;
    }
    let mut registry = Registry::default();
    registry.register_collector(Box::new(page));
    match format {
        Format::Text | Format::OpenMetrics => text::encode(into, &registry),
        #[cfg(feature = "native-histograms")]
        Format::Protobuf => {
            into.write_bytes(&native::encode(&registry));
            Ok(())
        }
    }
}

/// One answer.
#[derive(Debug)]
struct Page {
    snapshot: Snapshot,
    lints: LintSeconds,
    namespace: String,
    format: Format,
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        METRICS.iter().try_for_each(|metric| self.encode_metric(&mut encoder, metric))?;
        self.encode_lints(&mut encoder)
    }
}

impl Page {
    fn histograms(
        &self,
        is_of: fn(Measure) -> bool,
    ) -> impl Iterator<Item = (Labels<'_>, &HistogramSnapshot)> {
        self.snapshot.series.iter().flat_map(move |series| {
            let histograms = series.histograms().filter(move |(measure, _)| is_of(*measure));
            histograms
                .map(|(measure, durations)| (Labels::of_measure(&series.key, measure), durations))
        })
    }

    fn write_histograms(&self, into: &mut Pieces) -> fmt::Result {
        for metric in &METRICS {
            let Read::Histogram(is_of) = metric.read else { continue };
            let name = format!("{}_seconds", underscored(&metric.full_name(&self.namespace)));
            let family = Family::open(into, name, metric.help)?;
            for (labels, durations) in self.histograms(is_of) {
                family.write(into, &labels, durations)?;
            }
        }
        Ok(())
    }

    fn encode_metric(&self, encoder: &mut DescriptorEncoder<'_>, metric: &Metric) -> fmt::Result {
        let name = underscored(&metric.full_name(&self.namespace));
        let unit = (metric.unit == "s").then_some(Unit::Seconds);
        let (unit, help) = (unit.as_ref(), metric.help);
        let series = || self.snapshot.series.iter();
        match metric.read {
            #[cfg(feature = "native-histograms")]
            Read::Histogram(is_of) if self.format == Format::Protobuf => {
                let mut encoder =
                    encoder.encode_descriptor(&name, help, unit, MetricType::Histogram)?;
                for (labels, durations) in self.histograms(is_of) {
                    native::encode_histogram(encoder.encode_family(&labels)?, durations)?;
                }
            }
            Read::Counter(read) => {
                let counted = series().filter(|series| read(series) > 0);
                let values = counted.map(|s| (Labels::of_series(&s.key), read(s) as f64));
                self.encode_counter(encoder, &name, help, unit, values)?;
            }
            Read::EndedCounter => {
                let values = series().flat_map(ended);
                self.encode_counter(encoder, &name, help, unit, values)?;
            }
            Read::UpDown(read) => {
                let values = series().map(|series| (Labels::of_series(&series.key), read(series)));
                encode_gauge(encoder, &name, metric, values)?;
            }
            Read::RuntimeUpDown(read) => {
                let runtimes = self.snapshot.runtimes.iter();
                let values = runtimes.filter_map(|runtime| {
                    Some((Labels::default().with(attribute::RUNTIME, runtime.name), read(runtime)?))
                });
                encode_gauge(encoder, &name, metric, values)?;
            }
            Read::WorkerCounter(read) => {
                let workers = self.snapshot.runtimes.iter().flat_map(|runtime| {
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
        let values = self.lints.iter().map(|((lint, key), seconds)| {
            (Labels::of_series(key).with(attribute::LINT, lint.as_str()), *seconds as f64)
        });
        self.encode_counter(encoder, &name, lint_count::HELP, None, values)
    }
}

fn seconds(durations: &HistogramSnapshot) -> f64 {
    durations.sum_nanos() as f64 / 1e9
}

fn ended(series: &SeriesSnapshot) -> impl Iterator<Item = (Labels<'_>, f64)> {
    let each = series.ended.iter();
    each.map(|(outcome, d)| (Labels::of_outcome(&series.key, *outcome), d.count() as f64))
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
