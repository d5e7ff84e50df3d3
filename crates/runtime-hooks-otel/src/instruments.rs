//! An instrument for each metric of the catalog: histograms to replay into, and callbacks that observe the rest.

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider};
use runtime_hooks_recorder::catalog::{
    Boundaries, ExportSettings, ExportedMetric, Instrument, Metric, Value, attribute,
};

use crate::attribute_sets::Exported;
use crate::attributes::key_values;
use crate::replay::Replay;

/// The source of the snapshots that one instrument's callback observes.
pub(crate) trait Snapshots: Send + Sync + 'static {
    /// Calls `observe` with the snapshot of this collection, if there is one.
    fn collect(&self, observe: impl FnOnce(&Exported));
}

/// The meter of all that runtime-hooks exports, for metrics of your own beside it.
pub fn meter(provider: &dyn MeterProvider) -> Meter {
    let scope = InstrumentationScope::builder("runtime-hooks");
    provider.meter_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build())
}

/// Builds all histograms, so that none is built inside a callback: the SDK would deadlock.
pub(crate) fn histograms(meter: &Meter, settings: &ExportSettings) -> Replay {
    let boundaries = settings.boundaries.unwrap_or(Boundaries::ALL);
    let is_histogram = |of: &ExportedMetric| of.metric.instrument() == Instrument::Histogram;
    let histograms = settings.metrics().filter(is_histogram).map(|of| {
        let ExportedMetric { metric, name, help, .. } = of;
        let histogram = meter
            .f64_histogram(name)
            .with_unit(metric.unit)
            .with_description(help)
            .with_boundaries(boundaries.seconds())
            .build();
        (metric, histogram)
    });
    Replay::new(histograms.collect())
}

/// Registers a callback for every metric that is not a histogram, each with a new value of `snapshots`.
pub(crate) fn observe<S: Snapshots>(
    meter: &Meter,
    settings: &ExportSettings,
    snapshots: impl Fn() -> S,
) {
    for ExportedMetric { metric, name, help, .. } in settings.metrics() {
        let snapshots = snapshots();
        match metric.instrument() {
            Instrument::Counter => {
                let read = |value: Value<'_>| match value {
                    Value::Counter(count) => Some(count),
                    _ => None,
                };
                let counter = meter.u64_observable_counter(name).with_unit(metric.unit);
                let counter = counter.with_description(help);
                counter.with_callback(callback(metric, snapshots, read)).build();
            }
            Instrument::FloatCounter => {
                let read = |value: Value<'_>| match value {
                    Value::FloatCounter(sum) => Some(sum),
                    _ => None,
                };
                let counter = meter.f64_observable_counter(name).with_unit(metric.unit);
                let counter = counter.with_description(help);
                counter.with_callback(callback(metric, snapshots, read)).build();
            }
            Instrument::UpDownCounter => {
                let read = |value: Value<'_>| match value {
                    Value::UpDownCounter(number) => Some(i64::try_from(number).unwrap_or(i64::MAX)),
                    _ => None,
                };
                let counter = meter.i64_observable_up_down_counter(name).with_unit(metric.unit);
                let counter = counter.with_description(help);
                counter.with_callback(callback(metric, snapshots, read)).build();
            }
            // Histograms are replayed into. An instrument that this version does not know is left out.
            _ => {}
        }
    }
}

/// Observes the values of a metric that `read` gives a number for.
fn callback<T>(
    metric: &'static Metric,
    snapshots: impl Snapshots,
    read: impl Fn(Value<'_>) -> Option<T> + Send + Sync + 'static,
) -> impl Fn(&dyn AsyncInstrument<T>) + Send + Sync + 'static {
    move |instrument| {
        snapshots.collect(|exported| {
            let has_state = metric.attributes().contains(&attribute::STATE);
            let snapshot = if has_state { &exported.ended } else { &exported.series };
            metric.visit(snapshot, |attributes, value| {
                if let Some(number) = read(value) {
                    instrument.observe(number, &key_values(attributes));
                }
            });
        });
    }
}
