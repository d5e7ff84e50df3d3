//! From a recorder to a `MeterProvider`.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Meter, MeterProvider};
use runtime_hooks_core::{Cursor, Recorder, Snapshot};

use crate::instruments;
use crate::pre_drain::PreDrain;
use crate::replay::Replay;

/// Carries a recorder's metrics into a `MeterProvider`. See the [crate's documentation](crate).
///
/// A cheap handle. Dropping it stops nothing: the provider keeps the bridge (unless views drop every
/// counter: then only the handle does). To end the export, call [`stop`](Self::stop), or shut the
/// provider down, which exports what is left.
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
    /// recorded meanwhile is exported then.
    pub fn stop(&self) {
        self.0.connection().turn_off();
    }

    /// Whether it is connected, and was not stopped.
    pub fn is_on(&self) -> bool {
        self.0.connection().is_on()
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
            namespace: self.namespace,
            reader: Mutex::new(reader),
            connection: Mutex::default(),
            pre_drain: Mutex::default(),
        });
        shared.connect(provider);
        if let Some(interval) = self.pre_drain {
            let thread = PreDrain::start(Arc::downgrade(&shared), interval);
            *lock(&shared.pre_drain) = Some(thread);
        }
        MetricsBridge(shared)
    }
}

/// What the handle, the callbacks and the draining thread share.
///
/// No `Meter` and no provider in here: callbacks hold it, and the provider holds them.
pub(crate) struct Shared {
    pub(crate) namespace: String,
    reader: Mutex<Reader>,
    connection: Mutex<Arc<Connection>>,
    pre_drain: Mutex<Option<PreDrain>>,
}

/// One provider's turn. Callbacks cannot be unregistered, so those of an earlier turn ask it.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    is_off: AtomicBool,
}

impl Connection {
    pub(crate) fn is_on(&self) -> bool {
        !self.is_off.load(Ordering::Acquire)
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
