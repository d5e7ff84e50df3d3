//! An instrument for each metric of the catalog: histograms to replay into, and callbacks that observe the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::metrics::{AsyncInstrument, Meter};
use runtime_hooks_core::catalog::{BOUNDARIES, Instrument, METRICS, Metric, Value};
use runtime_hooks_core::{Severity, Snapshot, emit};

use crate::attributes::key_values;
use crate::bridge::{Connection, Shared};
use crate::replay::Replay;

/// Builds all histograms, so that none is built inside a callback: the SDK would deadlock.
pub(crate) fn histograms(meter: &Meter, namespace: &str) -> Replay {
    let metrics = METRICS.iter().filter(|metric| metric.instrument() == Instrument::Histogram);
    let histograms = metrics.map(|metric| {
        let histogram = meter
            .f64_histogram(metric.full_name(namespace))
            .with_unit(metric.unit)
            .with_description(metric.help)
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        (metric, histogram)
    });
    Replay::new(histograms.collect())
}

/// Registers a callback for every metric that is not a histogram. An earlier connection has observed the readings up
/// to `reading`.
pub(crate) fn observe(
    meter: &Meter,
    shared: &Arc<Shared>,
    connection: &Arc<Connection>,
    reading: u64,
) {
    for metric in METRICS {
        let observer = Observer {
            shared: Arc::clone(shared),
            connection: Arc::clone(connection),
            seen: AtomicU64::new(reading),
        };
        let name = metric.full_name(&shared.namespace);
        match metric.instrument() {
            Instrument::Counter => {
                let read = |value: Value<'_>| match value {
                    Value::Counter(count) => Some(count),
                    _ => None,
                };
                let counter = meter.u64_observable_counter(name).with_unit(metric.unit);
                let counter = counter.with_description(metric.help);
                counter.with_callback(observer.callback(metric, read)).build();
            }
            Instrument::FloatCounter => {
                let read = |value: Value<'_>| match value {
                    Value::FloatCounter(sum) => Some(sum),
                    _ => None,
                };
                let counter = meter.f64_observable_counter(name).with_unit(metric.unit);
                let counter = counter.with_description(metric.help);
                counter.with_callback(observer.callback(metric, read)).build();
            }
            Instrument::UpDownCounter => {
                let read = |value: Value<'_>| match value {
                    Value::UpDownCounter(number) => Some(i64::try_from(number).unwrap_or(i64::MAX)),
                    _ => None,
                };
                let counter = meter.i64_observable_up_down_counter(name).with_unit(metric.unit);
                let counter = counter.with_description(metric.help);
                counter.with_callback(observer.callback(metric, read)).build();
            }
            // Histograms are replayed into. An instrument that this version does not know is left out.
            _ => {}
        }
    }
}

/// One instrument's part in a collection.
struct Observer {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    /// The reading that this instrument has observed last.
    seen: AtomicU64,
}

impl Observer {
    /// A callback that observes the values of a metric that `read` gives a number for.
    fn callback<T>(
        self,
        metric: &'static Metric,
        read: impl Fn(Value<'_>) -> Option<T> + Send + Sync + 'static,
    ) -> impl Fn(&dyn AsyncInstrument<T>) + Send + Sync + 'static {
        move |instrument| {
            self.collect(|snapshot| {
                metric.visit(snapshot, |attributes, value| {
                    if let Some(number) = read(value) {
                        instrument.observe(number, &key_values(attributes));
                    }
                });
            });
        }
    }

    /// Calls `observe` with this collection's snapshot. The first instrument of a collection takes
    /// it, and replays; which one is first depends on the user's views.
    ///
    /// A panic stays in here, for it would poison the user's pipeline.
    fn collect(&self, observe: impl FnOnce(&Snapshot)) {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if !self.connection.is_on() {
                return;
            }
            let seen = self.seen.load(Ordering::Relaxed);
            if let Some((reading, snapshot)) = self.shared.reading_after(seen, &self.connection) {
                self.seen.store(reading, Ordering::Relaxed);
                observe(&snapshot);
            }
        }));
        if caught.is_err() {
            let message = format_args!("a collection of metrics panicked and is incomplete");
            emit(Severity::Error, message);
        }
    }
}
