//! `tracing`: one span per task, without a subscriber or for OpenTelemetry.

use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing::{Dispatch, Instrument, dispatcher, info_span};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;

use crate::wrap::Wrap;

/// A span without a subscriber.
#[derive(Clone, Copy, Debug)]
pub struct InSpan;

impl Wrap for InSpan {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        future.instrument(info_span!("task"))
    }

    #[inline(always)]
    fn closure<T, F: FnOnce() -> T + Send>(
        &self,
        work: F,
    ) -> impl FnOnce() -> T + Send + use<T, F> {
        let span = info_span!("task");
        move || span.in_scope(work)
    }
}

/// A span that tracing-opentelemetry turns into an OpenTelemetry span. Each is sampled, and discarded when it ends.
#[derive(Clone, Debug)]
pub struct Exporting(Dispatch);

impl Exporting {
    /// With a separate provider. Its subscriber only gets its own spans.
    pub fn new() -> Self {
        let tracer = discarding_spans(Sampler::AlwaysOn).tracer("bench");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        // Filters other spans, which would cost more than without a subscriber.
        let only_its_own = filter_fn(|metadata| metadata.name() == "exported task");
        Self(Dispatch::new(tracing_subscriber::registry().with(only_its_own).with(layer)))
    }
}

impl Default for Exporting {
    fn default() -> Self {
        Self::new()
    }
}

impl Wrap for Exporting {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        let span = dispatcher::with_default(&self.0, || info_span!("exported task"));
        future.instrument(span)
    }

    #[inline(always)]
    fn closure<T, F: FnOnce() -> T + Send>(
        &self,
        work: F,
    ) -> impl FnOnce() -> T + Send + use<T, F> {
        let span = dispatcher::with_default(&self.0, || info_span!("exported task"));
        move || span.in_scope(work)
    }
}

/// A provider that creates spans and discards them: the cost of exporting is not measured.
pub fn discarding_spans(sampler: Sampler) -> SdkTracerProvider {
    #[derive(Debug)]
    struct Discards;
    impl SpanProcessor for Discards {
        fn on_start(&self, _: &mut Span, _: &Context) {}
        fn on_end(&self, _: SpanData) {}
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
            Ok(())
        }
    }
    SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(Discards).build()
}
