//! The bridge from a recorder to a `MeterProvider`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use runtime_hooks_recorder::catalog::ExportSettings;
use runtime_hooks_recorder::internals::emit;
use runtime_hooks_recorder::{Cursor, Recorder, Severity};

use crate::export::Export;

/// Exports a recorder's metrics into a `MeterProvider`. See the [crate's documentation](crate).
///
/// A cheap handle. Dropping it stops nothing: the provider keeps the bridge (unless views drop every
/// counter: then only the handle does). To end the export, call [`stop`](Self::stop), or shut the
/// provider down, which exports the rest.
///
/// A bridge belongs to the process that made it. In a forked child the parent's bridges export nothing, whatever is called
/// on them: a child that exports makes a new recorder and a new bridge.
#[derive(Clone)]
pub struct MetricsBridge(Arc<Export>);

impl MetricsBridge {
    /// Sets up a bridge from a recorder.
    pub fn builder(recorder: &Recorder) -> MetricsBridgeBuilder {
        MetricsBridgeBuilder {
            cursor: recorder.cursor(),
            settings: ExportSettings::default(),
            pre_drain: None,
        }
    }

    /// Replays new events now. Call it for pipelines in which views drop every counter, so that nothing
    /// else drives the bridge, or to spread the work of a large collection.
    pub fn drain(&self) {
        self.0.drain();
    }

    /// Continues with another provider, which gets what the last one did not. Histograms start anew there, and counters
    /// continue, as they count from the start of the process.
    pub fn reconnect(&self, provider: &dyn MeterProvider) {
        self.0.connect(provider);
    }

    /// Stops the export until [`reconnect`](Self::reconnect), which exports what was recorded meanwhile.
    /// The bridge's thread ends; this call does not wait for it.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Replays new events and ends the bridge's thread. Returns whether both were done within `limit`.
    ///
    /// The provider's collections are answered as before, so that its `force_flush` or `shutdown` right afterwards
    /// exports everything. [`reconnect`](Self::reconnect) starts the thread again. The replay runs on the bridge's
    /// thread, or on a new one, so this returns at the limit, even if a collection hangs or a panic hook calls this.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
    /// # use runtime_hooks_recorder::Recorder;
    /// # use runtime_hooks_otel::MetricsBridge;
    /// # let exporter = InMemoryMetricExporter::default();
    /// # let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
    /// # let recorder = Recorder::new();
    /// let bridge = MetricsBridge::builder(&recorder)
    ///     .pre_drain(Duration::from_secs(1))
    ///     .connect(&provider);
    /// // ... the program ...
    /// assert!(bridge.finish(Duration::from_secs(5)));
    /// provider.shutdown().unwrap();
    /// ```
    #[must_use = "what was not done in time is not exported yet, or its thread goes on"]
    pub fn finish(&self, limit: Duration) -> bool {
        self.0.finish(limit)
    }

    /// Whether it is connected and not stopped.
    pub fn is_on(&self) -> bool {
        self.0.is_on()
    }
}

impl fmt::Debug for MetricsBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsBridge").field("is_on", &self.is_on()).finish_non_exhaustive()
    }
}

/// Sets up a [`MetricsBridge`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `connect`"]
pub struct MetricsBridgeBuilder {
    cursor: Cursor,
    settings: ExportSettings,
    pre_drain: Option<Duration>,
}

impl MetricsBridgeBuilder {
    /// Sets what is exported, and under which names. Default: `ExportSettings::default()`.
    pub fn settings(mut self, settings: ExportSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the prefix of every metric's name. Default `asyncio`. A text that is no metric name is reported as a
    /// diagnostic, and ignored.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        if let Err(error) = self.settings.set_namespace(namespace) {
            emit(Severity::Error, format_args!("a namespace is ignored: {error}"));
        }
        self
    }

    /// Also replays at this interval, on a separate thread, between collections: under heavy load
    /// a collection that replays a minute's events at once would hold the pipeline for long. A
    /// second is a good choice.
    pub fn pre_drain(mut self, interval: Duration) -> Self {
        self.pre_drain = Some(interval);
        self
    }

    /// Connects to a provider. Tasks that were recorded before are exported too.
    pub fn connect(self, provider: &dyn MeterProvider) -> MetricsBridge {
        let export = Arc::new(Export::new(self.cursor, self.settings, self.pre_drain));
        export.connect(provider);
        MetricsBridge(export)
    }
}
