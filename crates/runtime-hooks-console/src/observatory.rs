//! What the console knows: the history, the findings, and a look at the live tasks that all who ask share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use runtime_hooks_core::{Cursor, Instrumentor, LiveTask, Recorder, SeriesKey, Snapshot};
use tokio::sync::watch;

use crate::history::{History, TICKS};
use crate::lint::{Finding, Growth, Known, Lint, check_series, check_tasks};

/// How often it looks.
pub(crate) const TICK: Duration = Duration::from_secs(1);
/// While nobody is looking, the findings are renewed every so many ticks.
const UNWATCHED: u64 = 5;
/// A look at the live tasks is shared for as long, and for so many times as long as it took.
const FRESH: Duration = Duration::from_millis(500);
const REST: u32 = 20;

/// Shared by the clock that drives it and by all requests.
#[derive(Debug)]
pub(crate) struct Observatory {
    instrumentor: Source,
    keeps_live: bool,
    state: Mutex<Seen>,
    /// The number of the last tick: whoever follows it is looking.
    ticks: watch::Sender<u64>,
    /// When the console was started: tells one run of a program from the next.
    pub(crate) started: SystemTime,
}

/// Whose recorder it is.
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

/// What it has seen.
#[derive(Debug)]
pub(crate) struct Seen {
    cursor: Cursor,
    last: Instant,
    pub(crate) snapshot: Snapshot,
    pub(crate) history: History,
    /// Of each series.
    pub(crate) known: Vec<Known>,
    growth: Vec<Growth>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) lint_seconds: LintSeconds,
    live: Live,
}

/// For how long each lint has applied to each name.
pub(crate) type LintSeconds = HashMap<(Lint, SeriesKey), u64>;

/// The last look at the live tasks.
#[derive(Clone, Debug)]
struct Live {
    look: Arc<Look>,
    /// Until when it is good enough.
    until: Instant,
}

/// The live tasks as they were at one time, in the order of their places.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) tasks: Vec<LiveTask>,
    pub(crate) at: SystemTime,
}

impl Look {
    pub(crate) fn new(mut tasks: Vec<LiveTask>, at: SystemTime) -> Self {
        tasks.sort_unstable_by_key(|task| task.id.place());
        Self { tasks, at }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self { tasks: Vec::new(), at: SystemTime::UNIX_EPOCH }
    }
}

impl Seen {
    fn new(recorder: &Recorder) -> Self {
        let now = Instant::now();
        Self {
            cursor: recorder.cursor(),
            last: now,
            snapshot: Snapshot::default(),
            history: History::default(),
            known: Vec::new(),
            growth: Vec::new(),
            findings: Vec::new(),
            lint_seconds: LintSeconds::new(),
            live: Live { look: Arc::default(), until: now },
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let took = now.duration_since(std::mem::replace(&mut self.last, now));
        let (snapshot, news) = self.cursor.drain();
        self.history.push(took, &snapshot, &news);
        for series in &snapshot.series[self.known.len()..] {
            let origin = self.cursor.recorder().origin(&series.key);
            self.known.push(Known { key: series.key.clone(), origin, active: 0, grown: None });
        }
        self.growth.resize_with(snapshot.series.len(), Growth::default);
        let each = snapshot.series.iter().zip(&mut self.known).zip(&mut self.growth);
        for ((series, known), growth) in each {
            known.active = series.active();
            growth.push(known.active);
            known.grown = growth.without_end();
        }
        self.snapshot = snapshot;
    }

    /// What applies now is taken to have applied for as long as nobody had looked.
    fn found(&mut self, findings: Vec<Finding>, seconds: u64) {
        for finding in &findings {
            *self.lint_seconds.entry((finding.lint, finding.key.clone())).or_default() += seconds;
        }
        self.findings = findings;
    }

    fn look_at_tasks(&mut self) -> Arc<Look> {
        let start = Instant::now();
        if self.live.until <= start {
            let look = Look::new(self.cursor.recorder().live(), SystemTime::now());
            let until = start + FRESH.max(start.elapsed() * REST);
            self.live = Live { look: Arc::new(look), until };
        }
        Arc::clone(&self.live.look)
    }
}

impl Observatory {
    pub(crate) fn new(instrumentor: Source, keeps_live: bool) -> Self {
        let state = Mutex::new(Seen::new(&instrumentor.instrumentor().recorder()));
        let started = SystemTime::now();
        Self { instrumentor, keeps_live, state, ticks: watch::Sender::new(0), started }
    }

    pub(crate) fn instrumentor(&self) -> &Instrumentor {
        self.instrumentor.instrumentor()
    }

    pub(crate) fn keeps_live(&self) -> bool {
        self.keeps_live
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever holds it is looking.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.ticks.subscribe()
    }

    pub(crate) fn viewers(&self) -> usize {
        self.ticks.receiver_count()
    }

    /// Another second is over.
    pub(crate) fn tick(&self) {
        let recorder = self.instrumentor().recorder();
        if self.keeps_live {
            // It may have been switched on, or over, since.
            self.instrumentor().keep_live(true);
        }
        let mut seen = self.seen();
        if *seen.cursor.recorder() != recorder {
            *seen = Seen::new(&recorder);
        }
        seen.tick();
        let tick = seen.history.count();
        if self.viewers() > 0 || tick % UNWATCHED == 1 {
            let window = seen.history.window(60, 1);
            let mut findings = check_series(&seen.known, &window);
            findings.extend(check_tasks(&seen.look_at_tasks().tasks));
            seen.found(Finding::merged(findings), if self.viewers() > 0 { 1 } else { UNWATCHED });
        }
        drop(seen);
        self.ticks.send_replace(tick);
    }

    /// The live tasks, as they were a moment ago.
    pub(crate) fn look(&self) -> Arc<Look> {
        self.seen().look_at_tasks()
    }
}

/// As many seconds as are kept, at most.
pub(crate) const LONGEST: usize = TICKS;
