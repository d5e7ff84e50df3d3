//! State that all handles of a recorder and all threads share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::outcomes::{OutcomeId, Outcomes};
use super::panics::Panics;
use super::readers::Readers;
use super::series::{Registry, Series};
use super::snapshot::SeriesSnapshot;
use super::table::Table;
use crate::clock::Clock;
use crate::fork;
use crate::gauges::GaugeSources;
use crate::state::Outcome;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// The highest id of a recorder: what fits into a 64-bit word with a series, a phase and flags.
pub const LAST_RECORDER: u32 = (1 << 30) - 1;

/// State that all handles and threads share.
pub(crate) struct Inner {
    pub(crate) id: u32,
    pub(crate) clock: Clock,
    pub(super) epoch: AtomicU64,
    pub(super) slow_poll: AtomicU64,
    pub(super) closed: AtomicU64,
    pub(super) series: Registry,
    pub(super) outcomes: Outcomes,
    /// Tables of threads that have ended, for reuse by new threads.
    pub(super) free: Mutex<Vec<Table>>,
    /// For threads whose thread-locals are destroyed.
    pub(super) orphan: Mutex<Table>,
    pub(super) readers: Mutex<Readers>,
    pub(super) watched: GaugeSources,
    pub(crate) panics: Panics,
}

impl Inner {
    pub(super) fn new(clock: Clock, max_names: u64, slow_poll: u64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        fork::remember_process();
        assert!(id <= LAST_RECORDER, "fewer than 2^30 recorders");
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

    /// Relaxed: the extremes of an end that is recorded in the previous epoch come late, nothing else.
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

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed) != 0
    }

    /// A table for a thread, reused from an ended thread if there is one. Its counters continue from their values;
    /// the mutex synchronises with the writes of the other thread.
    pub(super) fn take_table(&self) -> Table {
        lock(&self.free).and_then(|mut free| free.pop()).unwrap_or_default()
    }

    pub(super) fn return_table(&self, table: Table) {
        // If the lock stays held after a fork, its counters stay as they are, and readable.
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
