//! The catalog as instruments: histograms to replay into, and callbacks that observe the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use runtime_hooks_core::catalog::{BOUNDARIES, METRICS, Metric, Read};
use runtime_hooks_core::{SeriesSnapshot, Severity, Snapshot, emit};

use crate::attributes;
use crate::bridge::{Connection, Shared};
use crate::replay::Replay;

/// Builds everything, so that nothing is built inside a callback: the SDK would deadlock.
pub(crate) fn histograms(meter: &Meter, namespace: &str) -> Replay {
    let histograms = METRICS.iter().filter_map(|metric| {
        let Read::Histogram(is_of) = metric.read else { return None };
        let histogram = meter
            .f64_histogram(metric.full_name(namespace))
            .with_unit(metric.unit)
            .with_description(metric.help)
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        Some((is_of, histogram))
    });
    Replay::new(histograms.collect())
}

/// Registers a callback for every metric that is not a histogram; what was read up to `reading` is
/// an earlier connection's.
pub(crate) fn observe(
    meter: &Meter,
    shared: &Arc<Shared>,
    connection: &Arc<Connection>,
    reading: u64,
) {
    for metric in &METRICS {
        let observer = Observer {
            shared: Arc::clone(shared),
            connection: Arc::clone(connection),
            seen: AtomicU64::new(reading),
        };
        match metric.read {
            Read::Counter(read) => counter(meter, metric, observer, move |series, each| {
                each(read(series), attributes::of_series(&series.key));
            }),
            Read::EndedCounter => counter(meter, metric, observer, |series, each| {
                for (outcome, duration) in &series.ended {
                    each(duration.count(), attributes::of_outcome(&series.key, *outcome));
                }
            }),
            Read::UpDown(read) => up_down(meter, metric, observer, move |snapshot, each| {
                for series in &snapshot.series {
                    each(read(series), attributes::of_series(&series.key));
                }
            }),
            Read::RuntimeUpDown(read) => up_down(meter, metric, observer, move |snapshot, each| {
                for runtime in &snapshot.runtimes {
                    if let Some(value) = read(runtime) {
                        each(value, attributes::of_runtime(runtime, None));
                    }
                }
            }),
            Read::WorkerCounter(read) => {
                let name = metric.full_name(&shared.namespace);
                let counter = meter.f64_observable_counter(name);
                let counter = counter.with_unit(metric.unit).with_description(metric.help);
                let observe = move |snapshot: &Snapshot, each: &mut dyn FnMut(f64, &[KeyValue])| {
                    for runtime in &snapshot.runtimes {
                        for worker in 0..runtime.gauges.workers.len() {
                            let attributes = attributes::of_runtime(runtime, Some(worker));
                            each(read(runtime, worker), &attributes);
                        }
                    }
                };
                counter
                    .with_callback(move |instrument| {
                        observer.collect(|snapshot| {
                            observe(snapshot, &mut |value, attributes| {
                                instrument.observe(value, attributes);
                            });
                        });
                    })
                    .build();
            }
            // Histograms are replayed into; a kind that this version does not know is left out.
            _ => {}
        }
    }
}

fn counter(
    meter: &Meter,
    metric: &Metric,
    observer: Observer,
    read: impl Fn(&SeriesSnapshot, &mut dyn FnMut(u64, Vec<KeyValue>)) + Send + Sync + 'static,
) {
    let counter = meter.u64_observable_counter(metric.full_name(&observer.shared.namespace));
    let observe = move |instrument: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        observer.collect(|snapshot| {
            for series in &snapshot.series {
                read(series, &mut |value, attributes| {
                    // A counter that never counted says nothing: most series never overflow.
                    if value > 0 {
                        instrument.observe(value, &attributes);
                    }
                });
            }
        });
    };
    counter.with_unit(metric.unit).with_description(metric.help).with_callback(observe).build();
}

fn up_down(
    meter: &Meter,
    metric: &Metric,
    observer: Observer,
    read: impl Fn(&Snapshot, &mut dyn FnMut(u64, Vec<KeyValue>)) + Send + Sync + 'static,
) {
    let number = meter.i64_observable_up_down_counter(metric.full_name(&observer.shared.namespace));
    let observe = move |instrument: &dyn opentelemetry::metrics::AsyncInstrument<i64>| {
        observer.collect(|snapshot| {
            read(snapshot, &mut |value, attributes| {
                instrument.observe(i64::try_from(value).unwrap_or(i64::MAX), &attributes);
            });
        });
    };
    number.with_unit(metric.unit).with_description(metric.help).with_callback(observe).build();
}

/// One instrument's part in a collection.
struct Observer {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    /// The reading that this instrument has observed last.
    seen: AtomicU64,
}

impl Observer {
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
