//! The OpenTelemetry SDK with one call per event, as in manual instrumentation.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundCounter, BoundHistogram, Counter, Histogram, MeterProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use crate::wrap::Wrap;

/// Records the duration of each poll, and each end with its duration.
#[derive(Debug)]
pub struct OtelSdk<I> {
    instruments: Arc<I>,
    provider: SdkMeterProvider,
}

impl<I> Clone for OtelSdk<I> {
    fn clone(&self) -> Self {
        Self { instruments: Arc::clone(&self.instruments), provider: self.provider.clone() }
    }
}

/// Instruments that get their attributes with each event.
pub struct Unbound {
    duration: Histogram<f64>,
    poll: Histogram<f64>,
    count: Counter<u64>,
}

/// Instruments with bound attributes: an experimental feature of the SDK.
pub struct Bound {
    duration: BoundHistogram<f64>,
    poll: BoundHistogram<f64>,
    count: BoundCounter<u64>,
}

/// What is recorded for a task.
pub trait Instruments: Send + Sync + 'static {
    /// Records the duration of a poll.
    fn ran(&self, busy: Duration);
    /// Records the end, and the duration since the submission.
    fn ended(&self, lived: Duration);
}

fn attributes() -> [KeyValue; 3] {
    [
        KeyValue::new("type", "coroutine"),
        KeyValue::new("name", "work"),
        KeyValue::new("async.runtime.name", "tokio"),
    ]
}

impl Instruments for Unbound {
    fn ran(&self, busy: Duration) {
        self.poll.record(busy.as_secs_f64(), &attributes());
    }

    fn ended(&self, lived: Duration) {
        self.duration.record(lived.as_secs_f64(), &attributes());
        self.count.add(1, &attributes());
    }
}

impl Instruments for Bound {
    fn ran(&self, busy: Duration) {
        self.poll.record(busy.as_secs_f64());
    }

    fn ended(&self, lived: Duration) {
        self.duration.record(lived.as_secs_f64());
        self.count.add(1);
    }
}

impl OtelSdk<Unbound> {
    /// With a pipeline that is read once a minute.
    pub fn unbound() -> Self {
        let provider = discarding_metrics();
        let meter = provider.meter("bench");
        let instruments = Arc::new(Unbound {
            duration: meter.f64_histogram("asyncio.process.duration").build(),
            poll: meter.f64_histogram("asyncio.poll.duration").build(),
            count: meter.u64_counter("asyncio.process.count").build(),
        });
        Self { instruments, provider }
    }
}

impl OtelSdk<Bound> {
    /// With a pipeline that is read once a minute.
    pub fn bound() -> Self {
        let provider = discarding_metrics();
        let meter = provider.meter("bench");
        let attributes = attributes();
        let instruments = Arc::new(Bound {
            duration: meter.f64_histogram("asyncio.process.duration").build().bind(&attributes),
            poll: meter.f64_histogram("asyncio.poll.duration").build().bind(&attributes),
            count: meter.u64_counter("asyncio.process.count").build().bind(&attributes),
        });
        Self { instruments, provider }
    }
}

impl<I: Instruments> Wrap for OtelSdk<I> {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F, I> {
        let (instruments, made) = (Arc::clone(&self.instruments), Instant::now());
        async move {
            let mut future = pin!(future);
            poll_fn(|cx| {
                let start = Instant::now();
                let result = future.as_mut().poll(cx);
                instruments.ran(start.elapsed());
                if result.is_ready() {
                    instruments.ended(made.elapsed());
                }
                result
            })
            .await
        }
    }

    #[inline(always)]
    fn closure<T, F: FnOnce() -> T + Send>(
        &self,
        work: F,
    ) -> impl FnOnce() -> T + Send + use<T, F, I> {
        let (instruments, made) = (Arc::clone(&self.instruments), Instant::now());
        move || {
            let start = Instant::now();
            let output = work();
            instruments.ran(start.elapsed());
            instruments.ended(made.elapsed());
            output
        }
    }
}

/// A provider whose metrics are read once a minute and discarded: the cost of exporting is not measured.
pub fn discarding_metrics() -> SdkMeterProvider {
    #[derive(Debug)]
    struct Discards;
    impl PushMetricExporter for Discards {
        async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
            Ok(())
        }
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
        fn temporality(&self) -> Temporality {
            Temporality::Cumulative
        }
    }
    let reader = PeriodicReader::builder(Discards).build();
    SdkMeterProvider::builder().with_reader(reader).build()
}

impl fmt::Debug for Unbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unbound")
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bound")
    }
}
