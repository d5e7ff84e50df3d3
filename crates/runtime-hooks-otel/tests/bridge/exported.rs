//! The values that an exporter got, by metric and attributes.

use std::collections::BTreeMap;

use opentelemetry_sdk::metrics::InMemoryMetricExporter;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};

/// One histogram data point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) bounds: Vec<f64>,
    pub(crate) buckets: Vec<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Exported {
    pub(crate) histograms: BTreeMap<(String, String), Point>,
    pub(crate) numbers: BTreeMap<(String, String), f64>,
    pub(crate) units: BTreeMap<String, String>,
}

impl Exported {
    /// Everything that was exported since the exporter was reset.
    pub(crate) fn of(exporter: &InMemoryMetricExporter) -> Self {
        let mut exported = Self::default();
        let finished = exporter.get_finished_metrics().expect("an exporter at work");
        let scopes = finished.iter().flat_map(|resource| resource.scope_metrics());
        for metric in scopes.flat_map(|scope| scope.metrics()) {
            exported.units.insert(metric.name().to_owned(), metric.unit().to_owned());
            match metric.data() {
                AggregatedMetrics::F64(data) => exported.add(metric.name(), data),
                AggregatedMetrics::U64(data) => {
                    exported.add_numbers(metric.name(), data, |v| v as f64);
                }
                AggregatedMetrics::I64(data) => {
                    exported.add_numbers(metric.name(), data, |v| v as f64);
                }
            }
        }
        exported
    }

    fn add(&mut self, name: &str, data: &MetricData<f64>) {
        match data {
            MetricData::Histogram(histogram) => {
                for point in histogram.data_points() {
                    let key = (name.to_owned(), attributes(point.attributes()));
                    let to = Point {
                        count: point.count(),
                        sum: point.sum(),
                        min: point.min(),
                        max: point.max(),
                        bounds: point.bounds().collect(),
                        buckets: point.bucket_counts().collect(),
                    };
                    self.histograms.insert(key, to);
                }
            }
            MetricData::ExponentialHistogram(histogram) => {
                for point in histogram.data_points() {
                    let key = (name.to_owned(), attributes(point.attributes()));
                    let to = Point {
                        count: point.count() as u64,
                        sum: point.sum(),
                        min: point.min(),
                        max: point.max(),
                        bounds: Vec::new(),
                        buckets: point.positive_bucket().counts().collect(),
                    };
                    self.histograms.insert(key, to);
                }
            }
            other => self.add_numbers(name, other, |value| value),
        }
    }

    fn add_numbers<T: Copy>(&mut self, name: &str, data: &MetricData<T>, to: fn(T) -> f64) {
        if let MetricData::Sum(sum) = data {
            for point in sum.data_points() {
                let key = (name.to_owned(), attributes(point.attributes()));
                self.numbers.insert(key, to(point.value()));
            }
        }
    }

    /// All points of a histogram, added up.
    pub(crate) fn total(&self, name: &str) -> (u64, f64) {
        let points = self.histograms.iter().filter(|((metric, _), _)| metric == name);
        points.fold((0, 0.0), |(count, sum), (_, p)| (count + p.count, sum + p.sum))
    }

    /// The only point of a histogram.
    pub(crate) fn point(&self, name: &str) -> &Point {
        let mut points = self.histograms.iter().filter(|((metric, _), _)| metric == name);
        let point = points.next().unwrap_or_else(|| panic!("no {name} in {self:?}")).1;
        assert_eq!(points.next(), None);
        point
    }

    /// All points of a counter or gauge, added up; `None` if there is none.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let points = self.numbers.iter().filter(|((metric, _), _)| metric == name);
        points.map(|(_, value)| *value).reduce(|a, b| a + b)
    }
}

/// `a=1,b=2`, in order of the names.
fn attributes<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let mut texts: Vec<_> = attributes.map(|kv| format!("{}={}", kv.key, kv.value)).collect();
    texts.sort();
    texts.join(",")
}
