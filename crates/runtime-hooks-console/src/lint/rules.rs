//! The rules themselves: pure, on what was read anyway.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_core::{Kind, LiveState};

use super::{Finding, Lint};
use crate::described::Described;
use crate::history::{SeriesWindow, Window};
use crate::look::{Nanos, Task};

/// A poll is taken for blocking from here on, and a closure's wait for a thread for a starved pool.
const BLOCKING: Duration = Duration::from_millis(100);
/// As long a task must be in its first poll, or idle without a waker.
const STUCK: Duration = Duration::from_secs(1);
/// tokio boxes futures of this size before it spawns them.
const LARGE: usize = 16 << 10;
/// A self-waking task has been polled so often, at the least.
const POLLS: u64 = 50;
/// A storm has so many timeouts a minute, at the least.
const TIMEOUTS: u64 = 10;

/// What is known of a series besides its window.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) described: Arc<Described>,
    pub(crate) active: u64,
    /// By how much it grew without end.
    pub(crate) grown: Option<u64>,
}

impl Known {
    pub(crate) fn new(described: Arc<Described>) -> Self {
        Self { described, active: 0, grown: None }
    }
}

/// The rules on names, over the last minute.
pub(crate) fn check_series(known: &[Known], window: &Window) -> Vec<Finding> {
    let each = known.iter().zip(&window.series).enumerate();
    each.flat_map(|(number, (known, series))| of_series(number, known, series)).collect()
}

fn of_series(number: usize, known: &Known, series: &SeriesWindow) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |lint, count, evidence| {
        findings.push(Finding { lint, series: number, count, evidence });
    };
    let [_, schedule, poll] = &series.durations;
    let is_async = known.described.key.kind() != Kind::Blocking;
    let longest = Duration::from_secs_f64(poll.max().unwrap_or(0.0));
    if is_async && longest >= BLOCKING {
        let evidence = format!("in the last minute, the longest took {}", short(longest));
        find(Lint::BlockingInAsync, series.totals.slow.max(1), evidence);
    } else if is_async && series.totals.slow > 0 {
        let (count, longest) = (series.totals.slow, short(longest));
        let evidence = format!("{count} in the last minute, the longest took {longest}");
        find(Lint::SlowPoll, count, evidence);
    }
    let size = known.described.size().unwrap_or(0);
    if size >= LARGE && (series.totals.spawned > 0 || known.active > 0) {
        let count = series.totals.spawned.max(known.active);
        find(Lint::LargeFuture, count, format!("{size} bytes each"));
    }
    let waited = Duration::from_secs_f64(schedule.quantile(0.9).unwrap_or(0.0));
    if !is_async && waited >= BLOCKING {
        let evidence = format!("a tenth of the last minute's waited {} or longer", short(waited));
        find(Lint::StarvedBlockingPool, schedule.count(), evidence);
    }
    let (timeouts, ended) = (series.totals.ended[2], series.totals.all_ended());
    if timeouts >= TIMEOUTS && timeouts * 2 >= ended {
        find(Lint::TimeoutStorm, timeouts, format!("{timeouts} of {ended} in the last minute"));
    }
    if let Some(grown) = known.grown {
        let active = known.active;
        find(Lint::Leak, active, format!("{active} are active, {grown} more than two minutes ago"));
    }
    findings
}

/// The rules on single tasks, over those that live now.
pub(crate) fn check_tasks(tasks: &[Task], described: &[Arc<Described>]) -> Vec<Finding> {
    let mut found: BTreeMap<(Lint, usize), Found<'_>> = BTreeMap::new();
    for task in tasks {
        let Some(kind) = task.of(described).map(|described| described.key.kind()) else { continue };
        let Some(lint) = of_task(kind, task) else { continue };
        let new = || Found { count: 0, last: task, longest: Nanos(0) };
        let found = found.entry((lint, task.series as usize)).or_insert_with(new);
        found.count += 1;
        found.last = task;
        found.longest = task.since.max(found.longest);
    }
    found.into_iter().map(|((lint, series), found)| found.told(lint, series)).collect()
}

/// Tasks of one name to which a lint applies.
struct Found<'t> {
    count: u64,
    last: &'t Task,
    longest: Nanos,
}

impl Found<'_> {
    /// Only now: there may be very many tasks.
    fn told(&self, lint: Lint, series: usize) -> Finding {
        let (count, task) = (self.count, self.last);
        let tasks = if count == 1 { "task" } else { "tasks" };
        let evidence = match lint {
            Lint::SelfWaking => format!(
                "{count} {tasks}, one of them in {} of {} polls",
                task.polls_with_wake, task.polls
            ),
            _ => format!("{count} {tasks}, the longest for {}", short(self.longest.into())),
        };
        Finding { lint, series, count, evidence }
    }
}

fn of_task(kind: Kind, task: &Task) -> Option<Lint> {
    let is_async = kind != Kind::Blocking;
    let since = Duration::from(task.since);
    match task.state {
        LiveState::Running if is_async && task.polls == 1 && since >= STUCK => {
            Some(Lint::NeverYielded)
        }
        LiveState::Running if is_async && since >= BLOCKING => Some(Lint::BlockingInAsync),
        LiveState::Idle if !task.can_be_woken && since >= STUCK => Some(Lint::LostWaker),
        LiveState::Scheduled if !is_async && since >= BLOCKING => Some(Lint::StarvedBlockingPool),
        _ if task.polls >= POLLS && u64::from(task.polls_with_wake) * 2 >= task.polls => {
            Some(Lint::SelfWaking)
        }
        _ => None,
    }
}

/// In a word: `1.2 s`, `150 ms`.
fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 { format!("{seconds:.1} s") } else { format!("{:.0} ms", seconds * 1e3) }
}
