//! Reads the recorder once a second, for all readers of the console.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use runtime_hooks_core::Instrumentor;
use runtime_hooks_lints::Lint;
use runtime_hooks_recorder::SeriesKey;
use runtime_hooks_recorder::internals::Policy;
use tokio::sync::watch;

use crate::live_snapshot::LiveSnapshot;
use crate::sampler_state::SamplerState;

pub(crate) use crate::sampler_state::PERIOD;
use crate::series_cache::{DisclosedSeriesList, SeriesCache};

/// While the console has no reader, the lints are evaluated once in this many ticks.
const UNWATCHED: u64 = 5;
/// A page without a stream counts as a reader for this many ticks after its request.
const REQUEST_TICKS: u64 = 2;

/// Shared by the task that calls [`tick`](Self::tick) and by all requests.
#[derive(Debug)]
pub(crate) struct Sampler {
    instrumentor: Source,
    keeps_live: bool,
    state: Mutex<SamplerState>,
    series_cache: SeriesCache,
    /// The number of the last tick; each subscriber is a reader.
    ticks: watch::Sender<u64>,
    /// The number of the last tick at the last request of a page without a stream.
    last_request: AtomicU64,
    /// When the console was started: distinguishes one run of a program from the next.
    pub(crate) started: SystemTime,
}

/// Which instrumentor's recorder is read.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Global,
    Own(Arc<Instrumentor>),
}

impl Source {
    pub(crate) fn instrumentor(&self) -> &Instrumentor {
        match self {
            Self::Global => Instrumentor::global(),
            Self::Own(own) => own,
        }
    }
}

/// For how long a lint has applied to a series: see [`Console::lint_seconds`](crate::Console::lint_seconds).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LintSeconds {
    /// The lint.
    pub lint: Lint,
    /// The series.
    pub key: SeriesKey,
    /// The seconds so far.
    pub seconds: u64,
}

impl Sampler {
    pub(crate) fn new(instrumentor: Source, keeps_live: bool, policy: Policy) -> Self {
        let state = Mutex::new(SamplerState::new(&instrumentor.instrumentor().recorder()));
        let (ticks, started) = (watch::Sender::new(0), SystemTime::now());
        let (series_cache, last_request) = (SeriesCache::new(policy), AtomicU64::new(0));
        Self { instrumentor, keeps_live, state, series_cache, ticks, last_request, started }
    }

    pub(crate) fn instrumentor(&self) -> &Instrumentor {
        self.instrumentor.instrumentor()
    }

    pub(crate) fn keeps_live(&self) -> bool {
        self.keeps_live
    }

    pub(crate) fn series_cache(&self) -> &SeriesCache {
        &self.series_cache
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, SamplerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how many seconds each lint has applied to each series.
    pub(crate) fn lint_seconds(&self) -> Vec<LintSeconds> {
        let state = self.state();
        let each = state.lint_seconds.iter().filter_map(|((lint, series), seconds)| {
            let key = state.series.get(*series)?.disclosed.key.clone();
            Some(LintSeconds { lint: *lint, key, seconds: *seconds })
        });
        each.collect()
    }

    /// Changes with each tick. Each receiver counts as a reader.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.ticks.subscribe()
    }

    pub(crate) fn subscribers(&self) -> usize {
        self.ticks.receiver_count()
    }

    /// Notes the request of a page, which may have no stream.
    pub(crate) fn note_request(&self) {
        self.last_request.store(*self.ticks.borrow(), Ordering::Relaxed);
    }

    /// Takes the sample of another second.
    pub(crate) fn tick(&self) {
        let recorder = self.instrumentor().recorder();
        if self.keeps_live {
            // It may have been switched off since, or another recorder installed.
            self.instrumentor().set_live(true);
        }
        let disclosed = self.series_cache.all(&recorder);
        let mut state = self.state();
        if *state.recorder() != recorder {
            *state = SamplerState::new(&recorder);
        }
        state.read(&disclosed);
        let tick = state.history.count();
        let is_watched = self.is_watched(tick);
        if is_watched || tick % UNWATCHED == 1 {
            state.check(&disclosed, if is_watched { 1 } else { UNWATCHED });
        }
        drop(state);
        self.ticks.send_replace(tick);
    }

    /// The live tasks, as they were a moment ago, and their series.
    pub(crate) fn live_snapshot(&self) -> (Arc<LiveSnapshot>, DisclosedSeriesList) {
        let (snapshot, recorder) = {
            let mut state = self.state();
            (state.live_snapshot(), state.recorder().clone())
        };
        (snapshot, self.series_cache.all(&recorder))
    }

    fn is_watched(&self, tick: u64) -> bool {
        let last_request = self.last_request.load(Ordering::Relaxed);
        self.subscribers() > 0 || tick <= last_request + REQUEST_TICKS
    }
}
