//! What the sampler has read: the history, the findings, and a snapshot of the live tasks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use runtime_hooks_lints::{Finding, Growth, Lint};
use runtime_hooks_recorder::internals::ProcessorTimes;
use runtime_hooks_recorder::{Cursor, Recorder, RuntimeSnapshot};

use crate::findings::{self, SeriesInfo};
use crate::history::History;
use crate::live_snapshot::LiveSnapshot;
use crate::series_cache::DisclosedSeries;

/// The time between two samples.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);
/// A snapshot of the live tasks is shared for this time,
const LIVE_SNAPSHOT_AGE: Duration = Duration::from_millis(500);
/// or for this many times as long as it took, if that is longer.
const LIVE_SNAPSHOT_COST: u32 = 20;

/// Read from one recorder.
#[derive(Debug)]
pub(crate) struct SamplerState {
    cursor: Cursor,
    last_tick: Instant,
    pub(crate) runtimes: Vec<RuntimeSnapshot>,
    /// Tasks counted under `_OTHER`.
    pub(crate) overflow: u64,
    pub(crate) history: History,
    /// By number of the series.
    pub(crate) series: Vec<SeriesInfo>,
    growth: Vec<Growth>,
    pub(crate) findings: Vec<Finding>,
    /// For how many seconds each lint has applied to each series.
    pub(crate) lint_seconds: HashMap<(Lint, usize), u64>,
    live: SharedSnapshot,
    processors: ProcessorTimes,
}

/// The last snapshot of the live tasks.
#[derive(Clone, Debug)]
struct SharedSnapshot {
    snapshot: Arc<LiveSnapshot>,
    expires: Instant,
}

impl SamplerState {
    pub(crate) fn new(recorder: &Recorder) -> Self {
        let now = Instant::now();
        Self {
            cursor: recorder.cursor(),
            last_tick: now,
            runtimes: Vec::new(),
            overflow: 0,
            history: History::default(),
            series: Vec::new(),
            growth: Vec::new(),
            findings: Vec::new(),
            lint_seconds: HashMap::new(),
            live: SharedSnapshot { snapshot: Arc::default(), expires: now },
            processors: ProcessorTimes::default(),
        }
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        self.cursor.recorder()
    }

    /// Reads what is new since the last tick, one series at a time: the histograms of 2 000 take many megabytes.
    pub(crate) fn read(&mut self, disclosed: &[Arc<DisclosedSeries>]) {
        let now = Instant::now();
        let took = now.duration_since(std::mem::replace(&mut self.last_tick, now));
        let (mut number, mut overflow) = (0, 0);
        self.runtimes = self.cursor.drain_each(|series, new| {
            self.history.add(number, &series, &new);
            overflow += if series.key.is_overflow() { series.spawned } else { 0 };
            // A series that was added after `disclosed` was read waits for the next tick.
            if self.series.len() == number
                && let Some(disclosed) = disclosed.get(number)
            {
                self.series.push(SeriesInfo::new(Arc::clone(disclosed)));
                self.growth.push(Growth::default());
            }
            if let (Some(info), Some(growth)) =
                (self.series.get_mut(number), self.growth.get_mut(number))
            {
                info.active = series.active();
                growth.push(info.active);
                info.growth = growth.unbroken();
            }
            number += 1;
        });
        self.overflow = overflow;
        let is_lacking = self.processors.were_lacking(took, PERIOD);
        self.history.finish(took, is_lacking, &self.runtimes);
    }

    /// Evaluates the lints. Each that applies is taken to have applied for `seconds`, the time since the last check.
    pub(crate) fn check(&mut self, disclosed: &[Arc<DisclosedSeries>], seconds: u64) {
        let window = self.history.window_without_lack(60);
        let live = self.live_snapshot();
        let is_lacking = self.history.is_lacking();
        self.findings = findings::find(&self.series, &window, &live.tasks, is_lacking, disclosed);
        for finding in &self.findings {
            *self.lint_seconds.entry((finding.lint, finding.series)).or_default() += seconds;
        }
    }

    /// The live tasks, as they were a moment ago.
    pub(crate) fn live_snapshot(&mut self) -> Arc<LiveSnapshot> {
        let start = Instant::now();
        if self.live.expires <= start {
            // Frees the last one before the next is taken, unless a reader still has it.
            let last = std::mem::take(&mut self.live.snapshot);
            let expected = last.tasks.len();
            drop(last);
            let snapshot = LiveSnapshot::new(self.recorder(), expected, SystemTime::now());
            let expires = start + LIVE_SNAPSHOT_AGE.max(start.elapsed() * LIVE_SNAPSHOT_COST);
            self.live = SharedSnapshot { snapshot: Arc::new(snapshot), expires };
        }
        Arc::clone(&self.live.snapshot)
    }
}
