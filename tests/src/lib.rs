//! Tests that need several crates are in the files beside `src`. The code blocks of the README are tests too.

mod spread;

pub use self::spread::run_task_of_two_polls;

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

/// A metric's value, summed over all series. The value of a histogram is its number of durations.
///
/// # Panics
///
/// If the metric is neither a counter of integers nor a histogram.
pub fn total(metrics: &ResourceMetrics, name: &str) -> u64 {
    let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
    let points = metrics.filter(|metric| metric.name() == name).map(|metric| -> u64 {
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                sum.data_points().map(|point| point.value()).sum()
            }
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|point| point.count()).sum()
            }
            other => panic!("{name} is {other:?}"),
        }
    });
    points.sum()
}

/// The README, whose code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/watchdog.md")]
pub struct Watchdog;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/coming-from-tokio-tools.md")]
pub struct ComingFromTokioTools;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/console.md")]
pub struct Console;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/dump.md")]
pub struct Dump;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/naming.md")]
pub struct Naming;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/traces.md")]
pub struct Traces;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/threads.md")]
pub struct Threads;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/write-a-backend.md")]
pub struct WriteABackend;

/// As the README.
#[cfg(doctest)]
#[doc = include_str!("../../docs/flight.md")]
pub struct FlightGuide;
