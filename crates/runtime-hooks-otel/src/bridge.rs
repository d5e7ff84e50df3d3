//! From a recorder to a `MeterProvider`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, mem};

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Meter, MeterProvider};
use runtime_hooks_core::{Cursor, Process, Recorder, Snapshot};

use crate::instruments;
use crate::pre_drain::PreDrain;
use crate::replay::Replay;

/// Carries a recorder's metrics into a `MeterProvider`. See the [crate's documentation](crate).
///
/// A cheap handle. Dropping it stops nothing: the provider keeps the bridge (unless views drop every
/// counter: then only the handle does). To end the export, call [`stop`](Self::stop), or shut the
/// provider down, which exports what is left.
///
/// A bridge is its process's. In a forked child the parent's bridges export nothing, whatever is called on them: a
/// child that exports makes one of its own, from a recorder of its own.
#[derive(Clone)]
pub struct MetricsBridge(Arc<Shared>);

impl MetricsBridge {
    /// Sets up a bridge from a recorder.
    pub fn builder(recorder: &Recorder) -> MetricsBridgeBuilder {
        MetricsBridgeBuilder {
            cursor: recorder.cursor(),
            namespace: "asyncio".to_owned(),
            pre_drain: None,
        }
    }

    /// Replays what is new now: for pipelines in which views drop every counter, so that nothing
    /// else drives the bridge, and to spread the work of a large collection.
    pub fn drain(&self) {
        self.0.drain();
    }

    /// Goes on with another provider, which gets what the last one has not been told. Histograms
    /// start anew there; counters go on, as they count from the start of the process.
    pub fn reconnect(&self, provider: &dyn MeterProvider) {
        self.0.connect(provider);
    }

    /// Exports nothing any more, until [`reconnect`](Self::reconnect). Nothing is lost: what is
    /// recorded meanwhile is exported then. Its thread ends, without being waited for.
    pub fn stop(&self) {
        if self.0.process.is_current() {
            self.0.connection().turn_off();
            // Not dropped under the lock.
            let thread = lock(&self.0.pre_drain).take();
            drop(thread);
        }
    }

    /// Replays what is new and ends the bridge's thread; whether both were done within `limit`.
    ///
    /// The provider's collections are answered as before, so that its `force_flush` or `shutdown` right afterwards
    /// exports everything. [`reconnect`](Self::reconnect) starts the thread again. The replay runs on the bridge's
    /// thread, or on one for it alone: a collection that hangs, or a panic hook that calls this, is waited for until the
    /// limit and no longer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
    /// # use runtime_hooks_core::Recorder;
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

    /// Whether it is connected, and was not stopped.
    pub fn is_on(&self) -> bool {
        self.0.process.is_current() && self.0.connection().is_on()
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
    namespace: String,
    pre_drain: Option<Duration>,
}

impl MetricsBridgeBuilder {
    /// The prefix of every metric's name. Default `asyncio`.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Also replays at this interval, on a thread of its own, between collections: under heavy load
    /// a collection that replays a minute's events at once would hold the pipeline for long. A
    /// second is a good choice.
    pub fn pre_drain(mut self, interval: Duration) -> Self {
        self.pre_drain = Some(interval);
        self
    }

    /// Connects to a provider. What was recorded before is exported too.
    pub fn connect(self, provider: &dyn MeterProvider) -> MetricsBridge {
        let reader = Reader {
            cursor: self.cursor,
            replay: Replay::default(),
            reading: 0,
            latest: Arc::default(),
        };
        let shared = Arc::new(Shared {
            process: Process::current(),
            namespace: self.namespace,
            reader: Mutex::new(reader),
            connection: Mutex::default(),
            interval: self.pre_drain,
            pre_drain: Mutex::default(),
        });
        shared.connect(provider);
        MetricsBridge(shared)
    }
}

/// What the handle, the callbacks and the draining thread share.
///
/// No `Meter` and no provider in here: callbacks hold it, and the provider holds them.
pub(crate) struct Shared {
    /// Whose bridge it is. Asked before any lock: in a forked child one may stay locked for ever.
    process: Process,
    pub(crate) namespace: String,
    reader: Mutex<Reader>,
    connection: Mutex<Arc<Connection>>,
    interval: Option<Duration>,
    pre_drain: Mutex<Option<Arc<PreDrain>>>,
}

/// One provider's turn. Callbacks cannot be unregistered, so those of an earlier turn ask it, and those of a parent.
#[derive(Debug)]
pub(crate) struct Connection {
    process: Process,
    is_off: AtomicBool,
}

impl Default for Connection {
    fn default() -> Self {
        Self { process: Process::current(), is_off: AtomicBool::new(false) }
    }
}

impl Connection {
    pub(crate) fn is_on(&self) -> bool {
        !self.is_off.load(Ordering::Acquire) && self.process.is_current()
    }

    fn turn_off(&self) {
        self.is_off.store(true, Ordering::Release);
    }
}

/// Where the export stands.
struct Reader {
    cursor: Cursor,
    replay: Replay,
    /// Counts readings; an instrument that has observed the latest asks for the next.
    reading: u64,
    latest: Arc<Snapshot>,
}

impl Reader {
    /// For a collection.
    fn refresh(&mut self, connection: &Connection) {
        if let Some(snapshot) = self.replay(connection) {
            self.latest = Arc::new(snapshot);
            self.reading += 1;
        }
    }

    /// Between collections this is no reading: the next one must not take it for its own and show old counts.
    fn replay(&mut self, connection: &Connection) -> Option<Snapshot> {
        let (snapshot, news) = connection.is_on().then(|| self.cursor.drain())?;
        self.replay.record(&snapshot, &news);
        Some(snapshot)
    }
}

/// The meter of all that runtime-hooks exports, for metrics of your own beside it.
pub fn meter(provider: &dyn MeterProvider) -> Meter {
    let scope = InstrumentationScope::builder("runtime-hooks");
    provider.meter_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build())
}

impl Shared {
    fn connect(self: &Arc<Self>, provider: &dyn MeterProvider) {
        if !self.process.is_current() {
            return;
        }
        self.connection().turn_off();
        let connection = Arc::<Connection>::default();
        // Instruments are built without a lock of ours: the pipeline takes its own.
        let meter = meter(provider);
        let replay = instruments::histograms(&meter, &self.namespace);
        let reading = {
            let mut reader = self.lock_reader();
            reader.replay = replay;
            reader.reading
        };
        *lock(&self.connection) = Arc::clone(&connection);
        instruments::observe(&meter, self, &connection, reading);
        if let Some(interval) = self.interval {
            let is_there = lock(&self.pre_drain).as_ref().is_some_and(|thread| thread.goes_on());
            if !is_there {
                // Of two who start one at once, one ends again.
                let thread = PreDrain::start(Arc::downgrade(self), interval).map(Arc::new);
                let before = mem::replace(&mut *lock(&self.pre_drain), thread);
                drop(before);
            }
        }
    }

    fn finish(self: &Arc<Self>, limit: Duration) -> bool {
        if !self.process.is_current() {
            return true;
        }
        let known = lock(&self.pre_drain).clone().filter(|thread| !thread.has_ended());
        let start = || PreDrain::start(Arc::downgrade(self), Duration::MAX).map(Arc::new);
        let Some(thread) = known.or_else(start) else { return false };
        thread.finish(limit)
    }

    pub(crate) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&lock(&self.connection))
    }

    /// The latest reading, taken anew if the caller has seen it already.
    pub(crate) fn reading_after(
        &self,
        seen: u64,
        connection: &Connection,
    ) -> Option<(u64, Arc<Snapshot>)> {
        let mut reader = self.lock_reader();
        if reader.reading <= seen {
            reader.refresh(connection);
        }
        connection.is_on().then(|| (reader.reading, Arc::clone(&reader.latest)))
    }

    pub(crate) fn drain(&self) {
        if !self.process.is_current() {
            return;
        }
        let connection = self.connection();
        self.lock_reader().replay(&connection);
    }

    fn lock_reader(&self) -> MutexGuard<'_, Reader> {
        lock(&self.reader)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
