//! The handle of a recorder, and its methods for readers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use super::exemplars::TaskExemplar;
use super::inner::Inner;
use super::local::{self, with_table};
use super::log::Gathered;
use super::outcomes::OutcomeId;
use super::panics::TaskPanic;
use super::series_id::SeriesId;
use super::snapshot::{SeriesSnapshot, Snapshot};
use crate::clock::{Clock, saturating_nanos};
use crate::gauges::RuntimeSnapshot;
use crate::name::Name;
use crate::series_key::{SeriesKey, SpawnSite};
use crate::state::{Kind, Outcome};
use crate::sync::Ordering;

/// Counts and times all tasks. A cheap handle; all clones share one recorder.
///
/// The process has a [global](Recorder::global) recorder; tests create their own. Recording appends to
/// memory of the calling thread and cannot fail. Reading never resets anything, so any number of readers see everything.
///
/// ```
/// use std::time::Duration;
/// use runtime_hooks_recorder::{Kind, Outcome, Recorder};
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

/// Dropping the last handle closes the recorder; threads may hold the memory a little longer.
struct Handle(Arc<Inner>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.closed.store(1, Ordering::Relaxed);
        local::deregister(self.0.id);
    }
}

impl Recorder {
    pub(super) fn around(inner: Arc<Inner>) -> Self {
        local::register(&inner);
        Self(Arc::new(Handle(inner)))
    }

    /// A snapshot of everything recorded so far.
    ///
    /// # Panics
    ///
    /// If a [watched](Self::watch) source of gauges panics; at most twice per source. No data is lost. A
    /// [`Cursor`](crate::Cursor) does not panic.
    pub fn snapshot(&self) -> Snapshot {
        let series = self.series().collect();
        let (runtimes, panic) = self.inner().watched.snapshot();
        assert!(panic.is_none(), "a source of gauges panicked: {}", panic.unwrap_or_default());
        Snapshot { series, runtimes }
    }

    /// As [`snapshot`](Self::snapshot), one series at a time and in the same order, for readers that keep only a part
    /// of each.
    pub fn series(&self) -> impl Iterator<Item = SeriesSnapshot> {
        self.inner().reader(None).map(|(series, _)| series)
    }

    /// Everything recorded so far in one series; `None` if there is no such series.
    pub fn series_of(&self, key: &SeriesKey) -> Option<SeriesSnapshot> {
        self.inner().read_one(key)
    }

    /// The gauges of each watched runtime, as in a [`snapshot`](Self::snapshot). Never panics: if a source of gauges
    /// panics, its last totals stay.
    pub fn runtimes(&self) -> Vec<RuntimeSnapshot> {
        self.inner().watched.snapshot().0
    }

    /// Records a task that has already ended, for work that no hook sees.
    ///
    /// It counts as spawned and as ended with this outcome after `duration`. A [`Kind::Future`] has no name: `name` is
    /// ignored.
    pub fn record(
        &self,
        kind: Kind,
        name: impl Into<Name>,
        runtime: &'static str,
        outcome: Outcome,
        duration: Duration,
    ) {
        let outcome = self.inner().intern(outcome);
        let name: Name = name.into();
        let ns = saturating_nanos(duration);
        with_table(self.id(), |entry| {
            let Entry { inner, table, .. } = entry;
            let series = match kind {
                Kind::Future => table.anonymous(&inner.series, runtime),
                _ => table.by_name(&inner.series, kind, name.as_str(), runtime, None),
            };
            entry.record(series, outcome, ns);
        });
    }

    /// The last 32 panics of tasks, the oldest first. It includes tasks that are never joined.
    ///
    /// Panics are seen by the panic hook: a panic that was resumed with [`resume_unwind`](std::panic::resume_unwind)
    /// is counted and not listed.
    pub fn panics(&self) -> Vec<TaskPanic> {
        let inner = self.inner();
        let panics = inner.panics.all().into_iter();
        let with_key =
            |(id, panic)| Some(TaskPanic { key: inner.series.get(id)?.key.clone(), panic });
        panics.filter_map(with_key).collect()
    }

    /// Tasks that ended in a sampled trace, one for each bucket of durations: to find a trace in which a task took that
    /// long. A bucket gets a new one at most once a second, and at most 8 192 are kept.
    ///
    /// There are none unless tasks carry contexts: see `Config::tracer`.
    pub fn exemplars(&self) -> Vec<TaskExemplar> {
        self.numbered_exemplars().map(|(_, exemplar)| exemplar).collect()
    }

    /// Each with the number of its series.
    pub(crate) fn numbered_exemplars(&self) -> impl Iterator<Item = (usize, TaskExemplar)> {
        let inner = Arc::clone(self.inner());
        inner.exemplars.all().into_iter().filter_map(move |(series, one)| {
            let key = inner.series.get(series)?.key.clone();
            let (outcome, duration) =
                (inner.outcomes.get(one.outcome), Duration::from_nanos(one.nanos));
            let exemplar = TaskExemplar { key, outcome, duration, ids: one.ids, at: one.at };
            Some((series.index(), exemplar))
        })
    }

    /// Where the series was first seen; `None` if it was recorded without a call site.
    pub fn spawn_site(&self, key: &SeriesKey) -> Option<SpawnSite> {
        self.inner().series.all().iter().find(|series| series.key == *key)?.origin
    }

    /// The series from index `number` on, in the order in which they were first seen, each with its call site.
    pub fn keys_from(&self, number: usize) -> Vec<(SeriesKey, Option<SpawnSite>)> {
        let series = self.inner().series.all();
        let new = series.iter().skip(number);
        new.map(|series| (series.key.clone(), series.origin)).collect()
    }

    /// Counts a stall of a task of this series. Ignored if there is no such series.
    pub(crate) fn add_stall(&self, series: SeriesId) {
        let inner = self.inner();
        if inner.series.get(series).is_some() {
            inner.stalls.add(series);
        }
    }

    /// Changes the limits: at most `max_names` series; polls longer than `slow_poll` count as slow.
    pub(crate) fn set_limits(&self, max_names: u64, slow_poll: Duration) {
        self.inner().series.set_cap(max_names);
        self.inner().log.set_slow_poll(saturating_nanos(slow_poll));
    }

    /// Changes how many bytes the flight record may take.
    pub(crate) fn set_flight_memory(&self, bytes: u64) {
        self.inner().log.set_flight(bytes);
    }

    /// The events that the log holds.
    pub(crate) fn gather_log(&self) -> Gathered {
        self.inner().log.gather()
    }

    /// The outcome with this number.
    pub(crate) fn outcome(&self, id: OutcomeId) -> Outcome {
        self.inner().outcomes.get(id)
    }

    pub(crate) fn id(&self) -> u32 {
        self.inner().id
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.inner().clock()
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0.0
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
