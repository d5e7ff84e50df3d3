//! State that all handles of a recorder and all threads share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::exemplars::Exemplars;
use super::log::Log;
use super::outcomes::{OutcomeId, Outcomes};
use super::panics::Panics;
use super::pending_extremes::PendingExtremes;
use super::series::{Registry, Series};
use super::stalls::Stalls;
use super::table::Table;
use crate::clock::Clock;
use crate::fork;
use crate::gauges::GaugeSources;
use crate::state::Outcome;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// The highest id of a recorder: what fits into a 64-bit word with a series, a phase and flags.
pub const LAST_RECORDER: u32 = (1 << 30) - 1;

/// State that all handles and threads share.
pub(crate) struct Inner {
    pub(crate) id: u32,
    pub(super) closed: AtomicU64,
    pub(crate) log: Log,
    pub(crate) series: Registry,
    pub(super) outcomes: Outcomes,
    /// For threads whose thread-locals are destroyed.
    pub(super) orphan: Mutex<Option<Table>>,
    pub(super) pending_extremes: Mutex<PendingExtremes>,
    pub(super) watched: GaugeSources,
    pub(crate) panics: Panics,
    pub(super) exemplars: Exemplars,
    pub(super) stalls: Stalls,
}

impl Inner {
    pub(super) fn new(log: Log, max_names: u64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        fork::remember_process();
        assert!(id <= LAST_RECORDER, "fewer than 2^30 recorders");
        Self {
            id,
            closed: AtomicU64::new(0),
            log,
            series: Registry::new(max_names),
            outcomes: Outcomes::new(),
            orphan: Mutex::default(),
            pending_extremes: Mutex::default(),
            watched: GaugeSources::default(),
            panics: Panics::default(),
            exemplars: Exemplars::default(),
            stalls: Stalls::default(),
        }
    }

    #[inline]
    pub(crate) const fn clock(&self) -> &Clock {
        &self.log.clock
    }

    pub(crate) fn intern(&self, outcome: Outcome) -> OutcomeId {
        self.outcomes.intern(outcome)
    }

    pub(crate) fn all_series(&self) -> Vec<Arc<Series>> {
        self.series.all()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed) != 0
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("id", &self.id).finish_non_exhaustive()
    }
}
