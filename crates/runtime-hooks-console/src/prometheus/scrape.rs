//! One answer to a scraper, written part by part.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;
use runtime_hooks_recorder::Recorder;
use runtime_hooks_recorder::catalog::{ExportSettings, ExportedMetric, Instrument};
use runtime_hooks_recorder::internals::{numbered_exemplars, shown_key_of};

use super::format::Format;
use super::groups::Groups;
use super::labels::underscored;
use super::metrics::Metrics;
#[cfg(feature = "native-histograms")]
use super::protobuf;
use super::row::Row;
use super::text_histogram::Family;
use crate::chunks::Chunks;
use crate::incremental::PartWriter;
use crate::sampler::Sampler;

/// The series whose histograms are in one part, some MiB of text: each part waits for its turn on the compute thread.
const PART_SERIES: usize = 512;

/// Everything that was recorded when it was made.
#[derive(Debug)]
pub(crate) struct Scrape(Arc<Metrics>);

impl Scrape {
    pub(crate) fn new(sampler: &Sampler, format: Format) -> Self {
        let instrumentor = sampler.instrumentor();
        let (recorder, settings) = (instrumentor.recorder(), instrumentor.export_settings());
        let disclosed = sampler.series_cache().all(&recorder);
        let keys = disclosed.iter().map(|of| shown_key_of(&settings, &of.key, &of.metrics_key));
        let groups = Groups::new(keys.collect());
        let mut rows = groups.rows(recorder.series(), &settings, format);
        if format == Format::OpenMetrics {
            add_exemplars(&mut rows, &groups, &recorder, &settings);
        }
        let errors = rows.iter().flat_map(Row::outcomes).filter_map(|outcome| {
            let error = outcome.error_type()?;
            Some((outcome, sampler.series_cache().error_type(error)))
        });
        let errors = errors.collect();
        let mut lints = BTreeMap::new();
        // A separate statement, so that the lock is released before the runtimes' gauges are read.
        for ((lint, series), seconds) in &sampler.state().lint_seconds {
            if let Some(row) = groups.row_of(*series) {
                let longest = lints.entry((lint.as_str(), row)).or_default();
                *longest = (*seconds).max(*longest);
            }
        }
        let runtimes = recorder.runtimes();
        Self(Arc::new(Metrics { rows, errors, runtimes, lints, settings, format }))
    }

    /// Writes all that is not in the parts before.
    fn write_rest(&self, into: &mut Chunks) -> fmt::Result {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Self(Arc::clone(&self.0))));
        match self.0.format {
            Format::Text | Format::OpenMetrics => text::encode(into, &registry),
            #[cfg(feature = "native-histograms")]
            Format::Protobuf => {
                into.write_bytes(&protobuf::encode(&registry));
                Ok(())
            }
        }
    }
}

/// Adds the exemplars to the durations of their rows: only one of the formats has them.
fn add_exemplars(
    rows: &mut [Row],
    groups: &Groups,
    recorder: &Recorder,
    settings: &ExportSettings,
) {
    for (series, exemplar) in numbered_exemplars(recorder) {
        let row = groups.row_of(series).and_then(|row| rows.get_mut(row));
        if let (Some(row), Some(outcome)) = (row, settings.outcome_of(exemplar.outcome)) {
            row.add_exemplar(outcome, exemplar);
        }
    }
}

/// As text, the histograms come first: they are nearly all of it, and many megabytes.
impl PartWriter for Scrape {
    fn write_part(&self, number: usize, into: &mut Chunks) -> Result<bool, fmt::Error> {
        let metrics = &*self.0;
        let parts = metrics.rows.len().div_ceil(PART_SERIES).max(1);
        let is_text = metrics.format.is_text();
        let is_histogram =
            |of: &ExportedMetric| is_text && of.metric.instrument() == Instrument::Histogram;
        let mut histograms = metrics.settings.metrics().filter(is_histogram);
        let Some(ExportedMetric { metric, name, help, .. }) = histograms.nth(number / parts) else {
            return self.write_rest(into).map(|()| false);
        };
        let name = format!("{}_seconds", underscored(&name));
        let (family, part) =
            (Family::new(name, metrics.settings.text_boundaries(metric)), number % parts);
        if part == 0 {
            family.write_head(into, help)?;
        }
        let rows = metrics.rows.iter().skip(part * PART_SERIES).take(PART_SERIES);
        for (labels, durations) in metrics.histograms(rows, metric) {
            family.write(into, &labels, durations)?;
        }
        Ok(true)
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.settings.metrics().try_for_each(|of| self.0.encode_metric(&mut encoder, &of))?;
        self.0.encode_lints(&mut encoder)
    }
}
