//! The recorder: thread-private shards, summed up by whoever reads.

mod cursor;
mod display;
mod find;
#[cfg(all(test, unix, not(loom)))]
mod fork_tests;
mod histogram;
mod layout;
mod local;
#[cfg(all(test, loom))]
mod loom_models;
mod outcomes;
mod panics;
mod series;
mod shard;
mod snapshot;
mod table;

use std::fmt;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;

pub use self::cursor::{Cursor, HistogramDelta};
pub use self::panics::TaskPanic;
pub use self::series::{OVERFLOW_NAME, SeriesKey, SpawnSite};
pub use self::snapshot::{HistogramSnapshot, Measure, SeriesSnapshot, Snapshot};

pub(crate) use self::layout::BOUNDARIES;
pub(crate) use self::local::{Entry, with_local, with_orphan, with_table};
pub(crate) use self::outcomes::OutcomeId;
pub(crate) use self::series::{Series, SeriesId};

use self::cursor::Readers;
use self::outcomes::Outcomes;
use self::panics::Panics;
use self::series::Registry;
use self::table::Table;
use crate::clock::{Clock, saturating_nanos};
use crate::fork::{self, Process};
use crate::gauges::{GaugeSources, RuntimeSnapshot};
use crate::state::{Kind, Outcome};
use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::task::LAST_RECORDER;
use crate::{Name, RuntimeGauges};

/// Where every process is counted and timed: a cheap handle, shared by all clones.
///
/// The process has one ([`Recorder::global`]); tests make their own. Recording happens on
/// thread-private memory without a lock, and cannot fail; reading adds the threads up and never
/// resets anything, so any number of readers see everything.
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_core::{Kind, Outcome, Recorder};
///
/// let recorder = Recorder::new();
/// let took = Duration::from_millis(3);
/// recorder.record(Kind::Blocking, "resize", "my-pool", Outcome::FINISHED, took);
///
/// let snapshot = recorder.snapshot();
/// let series = snapshot.find("resize").unwrap();
/// assert_eq!((series.spawned, series.active(), series.ended()), (1, 0, 1));
/// assert_eq!(series.duration().max(), Some(took));
/// println!("{snapshot}"); // a table
/// ```
#[derive(Clone)]
pub struct Recorder(Arc<Handle>);

/// The last one dropped closes the recorder; threads may keep the memory a little longer.
struct Handle(Arc<Inner>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.closed.store(1, Ordering::Relaxed);
        local::deregister(self.0.id);
    }
}

impl Recorder {
    /// The process's recorder, which [`Instrumentor::install`](crate::Instrumentor::install) uses
    /// unless told otherwise.
    ///
    /// A forked child has a copy of its parent's, with all that was recorded, until it
    /// [installs](crate::Instrumentor::install) for itself: then it has a new one.
    pub fn global() -> Self {
        Global::current().recorder.clone()
    }

    /// The same, but for a forked child: there it is a new one, which has nothing of the parent's.
    pub(crate) fn global_of_this_process() -> Self {
        let known = Global::current();
        if !known.process.is_current() {
            Global::cell().compare_and_swap(&known, Arc::new(Global::new()));
        }
        Self::global()
    }

    /// A recorder of its own, on the process's clock, with default limits.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A recorder of its own, with another clock or other limits.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder::default()
    }

    /// The sum of everything recorded so far.
    ///
    /// # Panics
    ///
    /// If a source of gauges does, which is [watched](Self::watch) here: its panic is the caller's, at most twice. Nothing
    /// is lost. A [`Cursor`] does not panic.
    pub fn snapshot(&self) -> Snapshot {
        let series = self.series().collect();
        let (runtimes, panic) = self.inner().watched.snapshot();
        assert!(panic.is_none(), "a source of gauges panicked: {}", panic.unwrap_or_default());
        Snapshot { series, runtimes }
    }

    /// As [`snapshot`](Self::snapshot), one series at a time and in the same order: for readers that keep only part of each.
    pub fn series(&self) -> impl Iterator<Item = SeriesSnapshot> {
        self.inner().snapshots()
    }

    /// The sum of everything recorded so far of one series; `None` if there is no such series.
    pub fn series_of(&self, key: &SeriesKey) -> Option<SeriesSnapshot> {
        let inner = self.inner();
        let series = inner.series.all().into_iter().find(|series| series.key == *key)?;
        Some(series.snapshot(&inner.outcomes))
    }

    /// What each watched runtime says of itself, as in a [`snapshot`](Self::snapshot). Never panics: of a source of gauges
    /// that does the last totals stay.
    pub fn runtimes(&self) -> Vec<RuntimeSnapshot> {
        self.inner().watched.snapshot().0
    }

    /// A reader of what is new since its last reading. Cursors do not disturb each other.
    pub fn cursor(&self) -> Cursor {
        Cursor::new(self.clone())
    }

    /// Records a process that is already over: for work that no hook sees.
    ///
    /// It is counted as spawned and as ended with this outcome, after `duration`.
    pub fn record(
        &self,
        kind: Kind,
        name: impl Into<Name>,
        runtime: &'static str,
        outcome: Outcome,
        duration: Duration,
    ) {
        let outcome = self.inner().intern(outcome);
        let name: Option<Arc<str>> = (kind != Kind::Future).then(|| name.into().as_str().into());
        let ns = saturating_nanos(duration);
        with_table(self.id(), |Entry { inner, table }| {
            let id = table.by_content(inner, SeriesKey::new(kind, name.clone(), runtime), None);
            let epoch = inner.epoch();
            let shard = table.shard(inner, id);
            shard.start();
            shard.end(outcome, ns, epoch);
        });
    }

    /// The last 32 panics of tasks, the oldest first: also of tasks that nobody joins.
    ///
    /// A panic is known by the [panic hook](crate::Instrumentor::install), so one that was resumed with
    /// [`resume_unwind`](std::panic::resume_unwind) is counted and not listed.
    pub fn panics(&self) -> Vec<TaskPanic> {
        let inner = self.inner();
        let panics = inner.panics.all().into_iter();
        let with_key =
            |(id, panic)| Some(TaskPanic { key: inner.series.get(id)?.key.clone(), panic });
        panics.filter_map(with_key).collect()
    }

    /// Asks `source` for a runtime's gauges whenever a snapshot is taken, until the guard is
    /// dropped. The totals of a runtime that is gone stay in the snapshot.
    ///
    /// The source is called under none of our locks, so it may take a snapshot itself. Exporters survive its panic: the
    /// first is a [diagnostic](crate::Config::diagnostics), the second switches the source off, and its last totals stay.
    pub fn watch(
        &self,
        runtime: &'static str,
        source: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
    ) -> GaugeGuard {
        let id = self.inner().watched.add(runtime, Box::new(source));
        GaugeGuard { recorder: self.clone(), id }
    }

    /// Where the series was first seen; `None` if it was recorded without a call site.
    pub fn origin(&self, key: &SeriesKey) -> Option<SpawnSite> {
        self.inner().series.all().iter().find(|series| series.key == *key)?.origin
    }

    /// Each series from that number on, in the order in which they were first seen, with where that was.
    pub fn keys_from(&self, number: usize) -> Vec<(SeriesKey, Option<SpawnSite>)> {
        let series = self.inner().series.all();
        let new = series.iter().skip(number);
        new.map(|series| (series.key.clone(), series.origin)).collect()
    }

    /// Sets limits anew: at most `max_names` series, polls longer than `slow_poll` counted as slow.
    pub(crate) fn set_limits(&self, max_names: u64, slow_poll: Duration) {
        self.inner().series.set_cap(max_names);
        self.inner().slow_poll.store(saturating_nanos(slow_poll), Ordering::Relaxed);
    }

    pub(crate) fn id(&self) -> u32 {
        self.inner().id
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner().clock
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0.0
    }
}

/// The process's recorder, and which process that is.
struct Global {
    recorder: Recorder,
    process: Process,
}

impl Global {
    fn new() -> Self {
        Self { recorder: Recorder::new(), process: Process::current() }
    }

    fn current() -> Arc<Self> {
        Self::cell().load_full()
    }

    fn cell() -> &'static ArcSwap<Self> {
        static GLOBAL: OnceLock<ArcSwap<Global>> = OnceLock::new();
        GLOBAL.get_or_init(|| ArcSwap::from_pointee(Self::new()))
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether both are handles of the same recorder.
impl PartialEq for Recorder {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Recorder {}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.id()).finish()
    }
}

/// Keeps a runtime's gauges in the snapshots of a recorder. See [`Recorder::watch`].
#[must_use = "dropping the guard ends the watch at once"]
#[derive(Debug)]
pub struct GaugeGuard {
    recorder: Recorder,
    id: u64,
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.recorder.inner().watched.remove(self.id);
    }
}

/// Sets up a [`Recorder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RecorderBuilder {
    clock: Option<Clock>,
    max_names: u64,
    slow_poll: Duration,
}

impl RecorderBuilder {
    /// Another clock: see [`ManualClock`](crate::ManualClock).
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// How many series there can be; what comes after is counted as `_OTHER`. Default 2 000.
    pub fn max_names(mut self, names: u64) -> Self {
        self.max_names = names;
        self
    }

    /// From which duration on a poll counts as slow. Default 10 ms.
    pub fn slow_poll(mut self, threshold: Duration) -> Self {
        self.slow_poll = threshold;
        self
    }

    /// Makes the recorder.
    pub fn build(self) -> Recorder {
        let clock = self.clock.unwrap_or_default();
        let inner = Arc::new(Inner::new(clock, self.max_names, saturating_nanos(self.slow_poll)));
        local::register(&inner);
        Recorder(Arc::new(Handle(inner)))
    }
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self { clock: None, max_names: 2_000, slow_poll: Duration::from_millis(10) }
    }
}

/// What all handles and threads share.
pub(crate) struct Inner {
    pub(crate) id: u32,
    pub(crate) clock: Clock,
    epoch: AtomicU64,
    slow_poll: AtomicU64,
    closed: AtomicU64,
    series: Registry,
    outcomes: Outcomes,
    /// Tables of threads that have ended, for threads to come.
    free: Mutex<Vec<Table>>,
    /// For threads that are past their thread-locals.
    orphan: Mutex<Table>,
    readers: Mutex<Readers>,
    watched: GaugeSources,
    pub(crate) panics: Panics,
}

impl Inner {
    fn new(clock: Clock, max_names: u64, slow_poll: u64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        fork::remember();
        assert!(id <= LAST_RECORDER, "a program makes fewer than 2^31 recorders");
        Self {
            id,
            clock,
            epoch: AtomicU64::new(1),
            slow_poll: AtomicU64::new(slow_poll),
            closed: AtomicU64::new(0),
            series: Registry::new(max_names),
            outcomes: Outcomes::new(),
            free: Mutex::default(),
            orphan: Mutex::default(),
            readers: Mutex::default(),
            watched: GaugeSources::default(),
            panics: Panics::default(),
        }
    }

    /// Relaxed: an end that is noted in the epoch before is one whose extremes come late, no more.
    #[inline]
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn slow_poll(&self) -> u64 {
        self.slow_poll.load(Ordering::Relaxed)
    }

    pub(crate) fn intern(&self, outcome: Outcome) -> OutcomeId {
        self.outcomes.intern(outcome)
    }

    pub(crate) fn all_series(&self) -> Vec<Arc<Series>> {
        self.series.all()
    }

    pub(crate) fn snapshots(&self) -> impl Iterator<Item = SeriesSnapshot> {
        self.series.all().into_iter().map(|series| series.snapshot(&self.outcomes))
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed) != 0
    }

    /// A table for a thread: that of one that has ended, if there is any. Its counters go on from
    /// where they were; the mutex hands over what the other thread wrote.
    fn take_table(&self) -> Table {
        lock(&self.free).and_then(|mut free| free.pop()).unwrap_or_default()
    }

    fn give_back(&self, table: Table) {
        // Else its counters stay as they are, and readable.
        if let Some(mut free) = lock(&self.free) {
            free.push(table);
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("id", &self.id).finish_non_exhaustive()
    }
}
