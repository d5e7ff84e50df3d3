//! What the console knows: the history, the findings, and a look at the live tasks that all who ask share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use runtime_hooks_core::{Cursor, Instrumentor, Recorder, RuntimeSnapshot, SeriesKey};
use runtime_hooks_lints::{Finding, Growth, Lint};
use tokio::sync::watch;

use crate::described::{Described, Describer, Descriptions};
use crate::disclosure::Policy;
use crate::findings::{self, Known};
use crate::history::{History, TICKS};
use crate::look::Look;

/// How often it looks.
pub(crate) const TICK: Duration = Duration::from_secs(1);
/// While nobody is looking, the findings are renewed every so many ticks.
const UNWATCHED: u64 = 5;
/// Whoever has asked within so many ticks is still looking.
const ASKED: u64 = 2;
/// A look at the live tasks is shared for as long, and for so many times as long as it took.
const FRESH: Duration = Duration::from_millis(500);
const REST: u32 = 20;

/// Shared by the clock that drives it and by all requests.
#[derive(Debug)]
pub(crate) struct Observatory {
    instrumentor: Source,
    keeps_live: bool,
    state: Mutex<Seen>,
    describer: Describer,
    /// The number of the last tick: whoever follows it is looking.
    ticks: watch::Sender<u64>,
    /// The number of the tick after which a page that follows no stream has asked last.
    asked: AtomicU64,
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
    pub(crate) runtimes: Vec<RuntimeSnapshot>,
    /// Processes counted under `_OTHER`.
    pub(crate) overflow: u64,
    pub(crate) history: History,
    /// Of each series that is described.
    pub(crate) known: Vec<Known>,
    growth: Vec<Growth>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) lint_seconds: LintSeconds,
    live: Live,
}

/// For how long each lint has applied to each series.
pub(crate) type LintSeconds = HashMap<(Lint, usize), u64>;

/// The last look at the live tasks.
#[derive(Clone, Debug)]
struct Live {
    look: Arc<Look>,
    /// Until when it is good enough.
    until: Instant,
}

impl Seen {
    fn new(recorder: &Recorder) -> Self {
        let now = Instant::now();
        Self {
            cursor: recorder.cursor(),
            last: now,
            runtimes: Vec::new(),
            overflow: 0,
            history: History::default(),
            known: Vec::new(),
            growth: Vec::new(),
            findings: Vec::new(),
            lint_seconds: LintSeconds::new(),
            live: Live { look: Arc::default(), until: now },
        }
    }

    /// One series after the other: of 2 000, all that was ever recorded takes many megabytes.
    fn tick(&mut self, described: &[Arc<Described>]) {
        let now = Instant::now();
        let took = now.duration_since(std::mem::replace(&mut self.last, now));
        let (mut number, mut overflow) = (0, 0);
        self.runtimes = self.cursor.drain_each(|series, news| {
            self.history.add(number, &series, &news);
            overflow += if series.key.is_overflow() { series.spawned } else { 0 };
            // One that has come since is described at the next tick.
            if self.known.len() == number
                && let Some(described) = described.get(number)
            {
                self.known.push(Known::new(Arc::clone(described)));
                self.growth.push(Growth::default());
            }
            if let (Some(known), Some(growth)) =
                (self.known.get_mut(number), self.growth.get_mut(number))
            {
                known.active = series.active();
                growth.push(known.active);
                known.growth = growth.unbroken();
            }
            number += 1;
        });
        self.overflow = overflow;
        self.history.finish(took, &self.runtimes);
    }

    /// What applies now is taken to have applied for as long as nobody had looked.
    fn found(&mut self, findings: Vec<Finding>, seconds: u64) {
        for finding in &findings {
            *self.lint_seconds.entry((finding.lint, finding.series)).or_default() += seconds;
        }
        self.findings = findings;
    }

    /// Of whom all of this is.
    pub(crate) fn recorder(&self) -> &Recorder {
        self.cursor.recorder()
    }

    fn look_at_tasks(&mut self) -> Arc<Look> {
        let start = Instant::now();
        if self.live.until <= start {
            // The last one is gone before the next, unless somebody still reads it.
            let last = std::mem::take(&mut self.live.look);
            let expected = last.tasks.len();
            drop(last);
            let look = Look::new(self.cursor.recorder(), expected, SystemTime::now());
            let until = start + FRESH.max(start.elapsed() * REST);
            self.live = Live { look: Arc::new(look), until };
        }
        Arc::clone(&self.live.look)
    }
}

impl Observatory {
    pub(crate) fn new(instrumentor: Source, keeps_live: bool, policy: Policy) -> Self {
        let state = Mutex::new(Seen::new(&instrumentor.instrumentor().recorder()));
        let (ticks, started) = (watch::Sender::new(0), SystemTime::now());
        let (describer, asked) = (Describer::new(policy), AtomicU64::new(0));
        Self { instrumentor, keeps_live, state, describer, ticks, asked, started }
    }

    pub(crate) fn instrumentor(&self) -> &Instrumentor {
        self.instrumentor.instrumentor()
    }

    pub(crate) fn keeps_live(&self) -> bool {
        self.keeps_live
    }

    pub(crate) fn describer(&self) -> &Describer {
        &self.describer
    }

    /// For how many seconds each lint has applied to each name.
    pub(crate) fn lint_seconds(&self) -> Vec<(Lint, SeriesKey, u64)> {
        let seen = self.seen();
        let each = seen.lint_seconds.iter();
        each.filter_map(|((lint, series), seconds)| {
            Some((*lint, seen.known.get(*series)?.described.key.clone(), *seconds))
        })
        .collect()
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

    /// A page asks for what is new.
    pub(crate) fn ask(&self) {
        self.asked.store(*self.ticks.borrow(), Ordering::Relaxed);
    }

    fn is_watched(&self, tick: u64) -> bool {
        self.viewers() > 0 || tick <= self.asked.load(Ordering::Relaxed) + ASKED
    }

    /// Another second is over.
    pub(crate) fn tick(&self) {
        let recorder = self.instrumentor().recorder();
        if self.keeps_live {
            // It may have been switched on, or over, since.
            self.instrumentor().keep_live(true);
        }
        let described = self.describer.all(&recorder);
        let mut seen = self.seen();
        if *seen.cursor.recorder() != recorder {
            *seen = Seen::new(&recorder);
        }
        seen.tick(&described);
        let tick = seen.history.count();
        let is_watched = self.is_watched(tick);
        if is_watched || tick % UNWATCHED == 1 {
            let window = seen.history.window(60, 1);
            let look = seen.look_at_tasks();
            let findings = findings::find(&seen.known, &window, &look.tasks, &described);
            seen.found(findings, if is_watched { 1 } else { UNWATCHED });
        }
        drop(seen);
        self.ticks.send_replace(tick);
    }

    /// The live tasks, as they were a moment ago, and their series.
    pub(crate) fn look(&self) -> (Arc<Look>, Descriptions) {
        let (look, recorder) = {
            let mut seen = self.seen();
            (seen.look_at_tasks(), seen.recorder().clone())
        };
        (look, self.describer.all(&recorder))
    }
}

/// As many seconds as are kept, at most.
pub(crate) const LONGEST: usize = TICKS;
