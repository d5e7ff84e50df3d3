//! `/metrics`: the catalog in Prometheus' formats, under the names that OpenTelemetry's translation gives them.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use runtime_hooks_core::catalog::{BOUNDARIES, METRICS, Metric, Read, attribute};
use runtime_hooks_core::{
    HistogramSnapshot, Measure, Outcome, SeriesKey, SeriesSnapshot, Snapshot,
};

#[cfg(feature = "native-histograms")]
mod native;

use crate::observatory::{LintSeconds, Observatory};

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

/// Everything that was recorded, as of now.
pub(crate) fn encode(observatory: &Observatory, format: Format) -> Vec<u8> {
    let instrumentor = observatory.instrumentor();
    let page = Page {
        snapshot: instrumentor.recorder().snapshot(),
        lints: observatory.seen().lint_seconds.clone(),
        namespace: instrumentor.namespace(),
        format,
    };
    page.encode()
}

/// One answer. Encoders take their collectors for ever, hence the mutex: nobody else ever has it.
#[derive(Debug)]
struct Page {
    snapshot: Snapshot,
    lints: LintSeconds,
    namespace: String,
    format: Format,
}

impl Page {
    fn encode(self) -> Vec<u8> {
        let format = self.format;
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Once(Mutex::new(self))));
        match format {
            Format::Text | Format::OpenMetrics => {
                let mut text = String::new();
                // Nothing fails but what is written to, and a string takes everything.
                let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
                text.into_bytes()
            }
            #[cfg(feature = "native-histograms")]
            Format::Protobuf => native::encode(&registry),
        }
    }

    fn encode_metric(&self, encoder: &mut DescriptorEncoder<'_>, metric: &Metric) -> fmt::Result {
        let name = underscored(&metric.full_name(&self.namespace));
        let unit = (metric.unit == "s").then_some(Unit::Seconds);
        let (unit, help) = (unit.as_ref(), metric.help);
        let series = || self.snapshot.series.iter();
        match metric.read {
            Read::Histogram(is_of) => {
                let histogram = MetricType::Histogram;
                let mut encoder = encoder.encode_descriptor(&name, help, unit, histogram)?;
                for series in series() {
                    for (measure, durations) in series.histograms().filter(|(m, _)| is_of(*m)) {
                        let labels = Labels::of_measure(&series.key, measure);
                        self.encode_histogram(encoder.encode_family(&labels)?, durations)?;
                    }
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
            // A kind that this version does not know is left out.
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

    fn encode_histogram(
        &self,
        mut encoder: MetricEncoder<'_>,
        durations: &HistogramSnapshot,
    ) -> fmt::Result {
        let sum = durations.sum_nanos() as f64 / 1e9;
        let count = durations.count();
        let mut below = 0;
        let each = BOUNDARIES.iter().copied().zip(durations.cumulative_buckets());
        let buckets = each.chain([(f64::INFINITY, count)]).map(|(boundary, cumulative)| {
            let more = cumulative - std::mem::replace(&mut below, cumulative);
            (boundary, more)
        });
        let buckets: Vec<_> = buckets.collect();
        #[cfg(feature = "native-histograms")]
        if self.format == Format::Protobuf {
            return native::encode_histogram(encoder, durations, sum, count, &buckets);
        }
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn encode_lints(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let name = underscored(&format!("{}.lint.count", self.namespace));
        let values = self.lints.iter().map(|((lint, key), seconds)| {
            (Labels::of_series(key).with("lint", lint.as_str()), *seconds as f64)
        });
        let help = "Seconds for which a lint has applied to a name.";
        self.encode_counter(encoder, &name, help, None, values)
    }
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

#[derive(Debug)]
struct Once(Mutex<Page>);

impl Collector for Once {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        METRICS.iter().try_for_each(|metric| page.encode_metric(&mut encoder, metric))?;
        page.encode_lints(&mut encoder)
    }
}

/// `async.runtime.name` as Prometheus writes names: `async_runtime_name`.
fn underscored(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The attributes, as labels.
#[derive(Clone, Debug, Default)]
struct Labels<'s>(Vec<(String, std::borrow::Cow<'s, str>)>);

impl<'s> Labels<'s> {
    fn with(mut self, name: &str, value: impl Into<std::borrow::Cow<'s, str>>) -> Self {
        self.0.push((underscored(name), value.into()));
        self
    }

    fn of_series(key: &'s SeriesKey) -> Self {
        let labels = Self::default()
            .with(attribute::RUNTIME, key.runtime())
            .with(attribute::TYPE, key.kind().as_str());
        match key.name() {
            Some(name) => labels.with(attribute::NAME, name),
            None => labels,
        }
    }

    fn of_outcome(key: &'s SeriesKey, outcome: Outcome) -> Self {
        let labels = Self::of_series(key).with(attribute::STATE, outcome.state().as_str());
        match outcome.error_type() {
            Some(error) => labels.with(attribute::ERROR_TYPE, error),
            None => labels,
        }
    }

    fn of_measure(key: &'s SeriesKey, measure: Measure) -> Self {
        match measure {
            Measure::Process(outcome) => Self::of_outcome(key, outcome),
            Measure::Schedule | Measure::Poll => Self::of_series(key),
        }
    }
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(
        &self,
        encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>,
    ) -> fmt::Result {
        self.0.encode(encoder)
    }
}
