//! The export of one recorder, shared by a bridge's handles, callbacks and thread.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use runtime_hooks_recorder::catalog::ExportSettings;
use runtime_hooks_recorder::internals::{Process, emit};
use runtime_hooks_recorder::{Cursor, Severity, Snapshot};

use crate::attribute_sets::{AttributeSets, Exported};
use crate::instruments::{self, Snapshots, meter};
use crate::pre_drain::PreDrain;
use crate::replay::Replay;

/// The state that a bridge's handles, callbacks and thread share.
///
/// It holds no `Meter` and no provider, because callbacks hold it and the provider holds them.
pub(crate) struct Export {
    /// The process that made the bridge. It is checked before any lock, as in a forked child a lock may stay locked for
    /// ever.
    process: Process,
    settings: ExportSettings,
    reader: Mutex<Reader>,
    connection: Mutex<Arc<Connection>>,
    interval: Option<Duration>,
    pre_drain: Mutex<Option<Arc<PreDrain>>>,
}

/// The connection to one provider. Callbacks cannot be unregistered, so each asks its connection whether it is still on:
/// callbacks of an earlier connection, and those of a parent process, must export nothing.
#[derive(Debug)]
struct Connection {
    process: Process,
    is_off: AtomicBool,
}

impl Default for Connection {
    fn default() -> Self {
        Self { process: Process::current(), is_off: AtomicBool::new(false) }
    }
}

impl Connection {
    fn is_on(&self) -> bool {
        !self.is_off.load(Ordering::Acquire) && self.process.is_current()
    }

    fn turn_off(&self) {
        self.is_off.store(true, Ordering::Release);
    }
}

/// The cursor of the export, and the latest reading.
struct Reader {
    cursor: Cursor,
    replay: Replay,
    /// Counts readings; an instrument that has observed the latest asks for the next.
    reading: u64,
    latest: Arc<Exported>,
    sets: AttributeSets,
}

impl Reader {
    /// Takes a new reading, for a collection.
    fn refresh(&mut self, connection: &Connection) {
        if let Some(snapshot) = self.replay(connection) {
            self.latest = Arc::new(self.sets.export(snapshot));
            self.reading += 1;
        }
    }

    /// Replays new events. A replay between collections does not count as a reading: the next collection would take it for
    /// its own and export old counts.
    fn replay(&mut self, connection: &Connection) -> Option<Snapshot> {
        let (snapshot, new) = connection.is_on().then(|| self.cursor.drain())?;
        self.replay.record(&mut self.sets, &snapshot, &new);
        Some(snapshot)
    }
}

impl Export {
    /// An export without a connection.
    pub(crate) fn new(
        cursor: Cursor,
        settings: ExportSettings,
        interval: Option<Duration>,
    ) -> Self {
        let (replay, latest) = (Replay::default(), Arc::default());
        let sets = AttributeSets::new(settings.clone());
        Self {
            process: Process::current(),
            settings,
            reader: Mutex::new(Reader { cursor, replay, reading: 0, latest, sets }),
            connection: Mutex::default(),
            interval,
            pre_drain: Mutex::default(),
        }
    }

    pub(crate) fn connect(self: &Arc<Self>, provider: &dyn MeterProvider) {
        if !self.process.is_current() {
            return;
        }
        self.connection().turn_off();
        let connection = Arc::<Connection>::default();
        // Instruments are built without a lock of ours: the pipeline takes its own.
        let meter = meter(provider);
        let replay = instruments::histograms(&meter, &self.settings);
        let reading = {
            let mut reader = lock(&self.reader);
            reader.replay = replay;
            reader.reading
        };
        *lock(&self.connection) = Arc::clone(&connection);
        instruments::observe(&meter, &self.settings, || Observer {
            export: Arc::clone(self),
            connection: Arc::clone(&connection),
            seen: AtomicU64::new(reading),
        });
        if let Some(interval) = self.interval {
            let is_there = lock(&self.pre_drain).as_ref().is_some_and(|thread| thread.goes_on());
            if !is_there {
                // If two threads start one at once, one of the two ends again.
                let thread = self.start_thread(interval);
                let before = mem::replace(&mut *lock(&self.pre_drain), thread);
                drop(before);
            }
        }
    }

    pub(crate) fn stop(&self) {
        if self.process.is_current() {
            self.connection().turn_off();
            // Not dropped under the lock.
            let thread = lock(&self.pre_drain).take();
            drop(thread);
        }
    }

    pub(crate) fn finish(self: &Arc<Self>, limit: Duration) -> bool {
        if !self.process.is_current() {
            return true;
        }
        let running = lock(&self.pre_drain).clone().filter(|thread| !thread.has_ended());
        let Some(thread) = running.or_else(|| self.start_thread(Duration::MAX)) else {
            return false;
        };
        thread.finish(limit)
    }

    pub(crate) fn drain(&self) {
        if !self.process.is_current() {
            return;
        }
        let connection = self.connection();
        lock(&self.reader).replay(&connection);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.process.is_current() && self.connection().is_on()
    }

    /// Starts a thread that drains until the bridge is dropped.
    fn start_thread(self: &Arc<Self>, interval: Duration) -> Option<Arc<PreDrain>> {
        let export = Arc::downgrade(self);
        PreDrain::start(interval, move || export.upgrade(), |export| export.drain()).map(Arc::new)
    }

    fn connection(&self) -> Arc<Connection> {
        Arc::clone(&lock(&self.connection))
    }

    /// The latest reading, read anew if the caller has seen it already.
    fn reading_after(&self, seen: u64, connection: &Connection) -> Option<(u64, Arc<Exported>)> {
        let mut reader = lock(&self.reader);
        if reader.reading <= seen {
            reader.refresh(connection);
        }
        connection.is_on().then(|| (reader.reading, Arc::clone(&reader.latest)))
    }
}

/// One instrument's part in a collection.
struct Observer {
    export: Arc<Export>,
    connection: Arc<Connection>,
    /// The latest reading that this instrument has observed.
    seen: AtomicU64,
}

impl Snapshots for Observer {
    /// The first instrument of a collection reads the snapshot, and replays. Which one is first depends on the user's
    /// views.
    ///
    /// A panic ends here: it would poison the user's pipeline.
    fn collect(&self, observe: impl FnOnce(&Exported)) {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            if !self.connection.is_on() {
                return;
            }
            let seen = self.seen.load(Ordering::Relaxed);
            if let Some((reading, snapshot)) = self.export.reading_after(seen, &self.connection) {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
